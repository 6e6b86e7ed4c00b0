#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg/copy_statement.h"

static void assert_columns(const char *statement, const char *columns)
{
    char *found;

    assert_int_equal(pg_copy_statement_columns(statement, &found), 1);
    assert_string_equal(found, columns);
    free(found);
}

static void assert_other_form(const char *statement)
{
    char *columns;

    assert_int_equal(pg_copy_statement_columns(statement, &columns), 0);
}

static void a_statement_names_the_columns(void **state)
{
    (void)state;
    assert_columns("COPY public.t (a) FROM stdin;\n", "a");
    assert_columns("COPY app.many (id, \"Name\", b) FROM stdin;\n", "id, \"Name\", b");
}

static void a_table_without_columns_has_none(void **state)
{
    (void)state;
    assert_columns("COPY public.empty  FROM stdin;\n", "");
}

static void quoted_names_may_hold_what_looks_like_syntax(void **state)
{
    (void)state;
    assert_columns("COPY public.\"a (b\" (c) FROM stdin;\n", "c");
    assert_columns(
        "COPY \"s p.a c\".\"x\"\"y (z) FROM stdin;\n\" (\"c)\", \"d\"\"(\") FROM stdin;\n",
        "\"c)\", \"d\"\"(\"");
    assert_columns("COPY public.\"žluťoučký\n🐘\" (\"-- x\") FROM stdin;\n", "\"-- x\"");
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
        cmocka_unit_test(a_statement_names_the_columns),
        cmocka_unit_test(a_table_without_columns_has_none),
        cmocka_unit_test(quoted_names_may_hold_what_looks_like_syntax),
        cmocka_unit_test(any_other_form_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
