#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg/copy_statement.h"

static void assert_parts(const char *statement, const char *table, const char *columns)
{
    char *found_table, *found_columns;

    assert_int_equal(pg_copy_statement_parse(statement, &found_table, &found_columns), 1);
    assert_string_equal(found_table, table);
    assert_string_equal(found_columns, columns);
    free(found_table);
    free(found_columns);
}

static void assert_other_form(const char *statement)
{
    char *table, *columns;

    assert_int_equal(pg_copy_statement_parse(statement, &table, &columns), 0);
}

static void a_statement_comes_apart_into_table_and_columns(void **state)
{
    (void)state;
    assert_parts("COPY public.t (a) FROM stdin;\n", "public.t", "a");
    assert_parts("COPY app.many (id, \"Name\", b) FROM stdin;\n", "app.many", "id, \"Name\", b");
}

static void a_table_without_columns_has_none(void **state)
{
    (void)state;
    assert_parts("COPY public.empty  FROM stdin;\n", "public.empty", "");
}

static void quoted_names_may_hold_what_looks_like_syntax(void **state)
{
    (void)state;
    assert_parts("COPY public.\"a (b\" (c) FROM stdin;\n", "public.\"a (b\"", "c");
    assert_parts("COPY \"s p.a c\".\"x\"\"y (z) FROM stdin;\n\" (\"c)\", \"d\"\"(\") FROM stdin;\n",
                 "\"s p.a c\".\"x\"\"y (z) FROM stdin;\n\"", "\"c)\", \"d\"\"(\"");
    assert_parts("COPY public.\"žluťoučký\n🐘\" (\"-- x\") FROM stdin;\n", "public.\"žluťoučký\n🐘\"",
                 "\"-- x\"");
}

static void any_other_form_is_left_alone(void **state)
{
    (void)state;
    assert_other_form("");
    assert_other_form("COPY ");
    assert_other_form("COPY public.t");
    assert_other_form("COPY public.t (a)");
    assert_other_form("COPY public.t (a) FROM stdin;");
    assert_other_form("COPY public.t (a FROM stdin;\n");
    assert_other_form("COPY public.t () FROM stdin;\n");
    assert_other_form("COPY public.t (a (b)) FROM stdin;\n");
    assert_other_form("COPY public.t (a) FROM stdin WITH (FREEZE);\n");
    assert_other_form("COPY public.t (a) FROM stdin;\nDROP TABLE t;\n");
    assert_other_form("COPY public.t FROM stdin;\n");
    assert_other_form("COPY public.\"t (a) FROM stdin;\n");
    assert_other_form("INSERT INTO public.t VALUES (1);\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_comes_apart_into_table_and_columns),
        cmocka_unit_test(a_table_without_columns_has_none),
        cmocka_unit_test(quoted_names_may_hold_what_looks_like_syntax),
        cmocka_unit_test(any_other_form_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
