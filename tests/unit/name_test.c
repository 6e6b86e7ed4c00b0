#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sink/name.h"

/* 2026-11-22 03:45:00 UTC */
#define NIGHT 1795319100

static void assert_name(const char *pattern, const char *app, const char *database,
                        const char *expected)
{
    const struct name_values values = {
        .app = app, .database = database, .host = "db.example", .time = NIGHT};
    char *name = name_make(pattern, &values);

    assert_non_null(name);
    assert_string_equal(name, expected);
    free(name);
}

static void the_default_has_app_database_and_utc_time(void **state)
{
    (void)state;
    setenv("TZ", "America/New_York", 1);
    assert_name(NAME_DEFAULT, "shop", "d1", "shop-d1-20261122T034500Z.dump.age");
}

static void an_app_that_is_not_known_is_left_out_with_its_dash(void **state)
{
    (void)state;
    assert_name(NAME_DEFAULT, NULL, "d1", "d1-20261122T034500Z.dump.age");
    assert_name(NAME_DEFAULT, "", "d1", "d1-20261122T034500Z.dump.age");
    assert_name("{app}.age", "", "d1", "-age");
}

static void the_host_can_be_in_it(void **state)
{
    (void)state;
    assert_name("{host}_{database}", NULL, "d", "db.example_d");
}

static void what_a_file_system_or_a_shell_could_trip_over_becomes_a_dash(void **state)
{
    (void)state;
    assert_name("{database}", NULL, "a b/c\n\"*:\xc3\xa9~",
                "a-b-c-----"
                "--");
    assert_name("{database}", NULL, "../x", "-.-x");
    assert_name("{database}", NULL, ".hidden", "-hidden");
    assert_name("a/{database}", NULL, "d", "a-d");
}

static void a_value_with_braces_is_not_filled_in_again(void **state)
{
    (void)state;
    assert_name("{database}", "app", "{app}", "-app-");
}

static void a_name_is_never_empty(void **state)
{
    (void)state;
    assert_name("{app}", NULL, "d", "-");
}

static void only_known_words_stand_in_braces(void **state)
{
    (void)state;
    assert_int_equal(name_check(NAME_DEFAULT), 0);
    assert_int_equal(name_check("{host}{app}{time}{database}x"), 0);
    assert_int_equal(name_check(""), -1);
    assert_int_equal(name_check("{date}"), -1);
    assert_non_null(strstr(error_text(), "no \"{date}\""));
    assert_int_equal(name_check("{app"), -1);
    assert_int_equal(name_check("a}"), -1);
    assert_int_equal(name_check("{{app}}"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_has_app_database_and_utc_time),
        cmocka_unit_test(an_app_that_is_not_known_is_left_out_with_its_dash),
        cmocka_unit_test(the_host_can_be_in_it),
        cmocka_unit_test(what_a_file_system_or_a_shell_could_trip_over_becomes_a_dash),
        cmocka_unit_test(a_value_with_braces_is_not_filled_in_again),
        cmocka_unit_test(a_name_is_never_empty),
        cmocka_unit_test(only_known_words_stand_in_braces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
