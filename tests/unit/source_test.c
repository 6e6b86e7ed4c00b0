#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "pg/source.h"

#define URL "postgres://u:secret@h/d"

static int set_variables(void **state)
{
    (void)state;
    unsetenv("TEST_UNSET");
    setenv("TEST_EMPTY", "", 1);
    setenv("TEST_URL", URL, 1);
    setenv("TEST_OTHER", "host=other", 1);
    setenv("TEST_WORD", "secret", 1);
    setenv("TEST_BAD", "postgres://u:secr@et@h/d", 1);
    return 0;
}

static void assert_resolves(const char *choice, const char *expected)
{
    char *conninfo = pg_source_resolve(choice, "-d");

    assert_non_null(conninfo);
    assert_string_equal(conninfo, expected);
    free(conninfo);
}

static void assert_refused(const char *choice, const char *error)
{
    assert_null(pg_source_resolve(choice, "-d"));
    assert_non_null(strstr(error_text(), error));
    assert_null(strstr(error_text(), "secr"));
}

static void a_connection_string_stands_for_itself_even_with_commas(void **state)
{
    (void)state;
    assert_resolves(URL, URL);
    assert_resolves("host=a,b port=1,2", "host=a,b port=1,2");
}

static void a_name_stands_for_the_variable_of_that_name(void **state)
{
    (void)state;
    assert_resolves("TEST_URL", URL);
}

static void of_several_names_the_first_that_is_set_is_taken(void **state)
{
    (void)state;
    assert_resolves("TEST_UNSET,TEST_EMPTY,TEST_OTHER,TEST_URL", "host=other");
    assert_resolves("TEST_URL,TEST_BAD", URL);
}

static void names_of_which_none_is_set_are_named_in_the_error(void **state)
{
    (void)state;
    assert_refused("TEST_UNSET,TEST_EMPTY", "no database: TEST_UNSET,TEST_EMPTY is not set");
}

static void what_a_variable_holds_is_never_shown(void **state)
{
    (void)state;
    assert_refused("TEST_WORD", "variable TEST_WORD: it holds no postgres URL");
    assert_refused("TEST_BAD", "variable TEST_BAD: the database URL's host has an @ in it");
}

static void a_misspelt_url_is_never_shown(void **state)
{
    (void)state;
    assert_refused("postgre://u:secret@h/d", "malformed");
    assert_refused("u:secret@h", "malformed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_string_stands_for_itself_even_with_commas),
        cmocka_unit_test(a_name_stands_for_the_variable_of_that_name),
        cmocka_unit_test(of_several_names_the_first_that_is_set_is_taken),
        cmocka_unit_test(names_of_which_none_is_set_are_named_in_the_error),
        cmocka_unit_test(what_a_variable_holds_is_never_shown),
        cmocka_unit_test(a_misspelt_url_is_never_shown),
    };

    return cmocka_run_group_tests(tests, set_variables, NULL);
}
