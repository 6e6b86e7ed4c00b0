#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pg/exclude.h"

static void a_table_is_named_in_quotes_with_its_own_quotes_doubled(void **state)
{
    const struct pg_table_name tables[] = {{"public", "Orders"}, {"a.b", "say \"*\"\n"}};
    char **options = pg_exclude_options(tables, 2, 1000);

    (void)state;
    assert_non_null(options);
    assert_string_equal(options[0], "--exclude-table-data=\"public\".\"Orders\"");
    assert_string_equal(options[1], "--exclude-table-data=\"a.b\".\"say \"\"*\"\"\n\"");
    assert_null(options[2]);
    pg_exclude_free(options);
}

static void what_does_not_fit_is_left_out(void **state)
{
    const struct pg_table_name tables[] = {{"s", "a"}, {"s", "b"}, {"s", "c"}};
    const size_t one = strlen("--exclude-table-data=\"s\".\"a\"") + 1 + sizeof(char *);
    char **options = pg_exclude_options(tables, 3, 2 * one);

    (void)state;
    assert_non_null(options[1]);
    assert_null(options[2]);
    pg_exclude_free(options);
    options = pg_exclude_options(tables, 3, 2 * one - 1);
    assert_non_null(options[0]);
    assert_null(options[1]);
    pg_exclude_free(options);
}

static void without_tables_there_are_no_options(void **state)
{
    char **options = pg_exclude_options(NULL, 0, 1000);

    (void)state;
    assert_non_null(options);
    assert_null(options[0]);
    pg_exclude_free(options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_named_in_quotes_with_its_own_quotes_doubled),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(without_tables_there_are_no_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
