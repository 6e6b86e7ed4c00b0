#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "pg/pgrestore.h"

#define WORDS(...)          ((const char *const[]){__VA_ARGS__, NULL})
#define CHECK(...)          pg_restore_check_options(WORDS(__VA_ARGS__))
#define IS_GIVEN(l, n, ...) pg_restore_option_is_given(WORDS(__VA_ARGS__), l, n)

static void assert_refused(const char *word, const char *named, const char *why)
{
    assert_int_equal(CHECK("-n", "app", word), -1);
    assert_non_null(strstr(error_text(), "pg_restore's option "));
    assert_non_null(strstr(error_text(), named));
    assert_non_null(strstr(error_text(), why));
}

static void options_that_select_and_shape_are_taken(void **state)
{
    (void)state;
    assert_int_equal(pg_restore_check_options((const char *const[]){NULL}), 0);
    assert_int_equal(CHECK("-n", "app", "-N", "x", "-t", "a", "-T", "b", "-I", "i", "-P", "f(int)"),
                     0);
    assert_int_equal(CHECK("-asOxR", "-S", "joe", "-L", "list", "--use-list", "list"), 0);
    assert_int_equal(CHECK("--no-comments", "--role=joe", "--superuser", "joe", "--section=data",
                           "--section", "post-data", "--filter=f", "--filter", "f"),
                     0);
    assert_int_equal(CHECK("--no-data-for-failed-tables", "--disable-triggers", "--strict-names",
                           "--enable-row-security", "--statistics-only", "--no-statistics",
                           "--statistics", "--no-acl", "--no-privileges", "--no-policies"),
                     0);
}

static void options_that_are_set_already_are_refused_by_name(void **state)
{
    static const char *const words[][3] = {
        {"-C", "-C", "another name"},
        {"--create", "--create", "another name"},
        {"-1", "-1", "one transaction"},
        {"--single-transaction", "--single-transaction", "one transaction"},
        {"--transaction-size=1", "--transaction-size", "one transaction"},
        {"-c", "-c", "before the --"},
        {"--clean", "--clean", "before the --"},
        {"--if-exists", "--if-exists", "--clean always"},
        {"-e", "-e", "before the --"},
        {"--exit-on-error", "--exit-on-error", "before the --"},
        {"-j4", "-j", "before the --"},
        {"--jobs=4", "--jobs", "before the --"},
        {"-v", "-v", "anyway"},
        {"--verbose", "--verbose", "anyway"},
        {"-l", "-l", "nothing"},
        {"--list", "--list", "nothing"},
        {"-f-", "-f", "nothing"},
        {"--file=x", "--file", "nothing"},
        {"--restrict-key=x", "--restrict-key", "scripts"},
        {"-Ft", "-F", "custom"},
        {"--format=t", "--format", "custom"},
        {"-dx", "-d", "before the --"},
        {"--dbname=x", "--dbname", "before the --"},
        {"-hx", "-h", "the server"},
        {"--host=x", "--host", "the server"},
        {"-p1", "-p", "the server"},
        {"--port=1", "--port", "the server"},
        {"-Ux", "-U", "the user"},
        {"--username=x", "--username", "the user"},
        {"-W", "-W", "the variable"},
        {"--password", "--password", "the variable"},
        {"-w", "-w", "always"},
        {"--no-password", "--no-password", "always"},
        {"-V", "-V", "nothing"},
        {"--version", "--version", "nothing"},
        {"-?", "-?", "nothing"},
        {"--help", "--help", "nothing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_refused(words[i][0], words[i][1], words[i][2]);
}

static void shortened_and_joined_options_are_seen(void **state)
{
    (void)state;
    assert_refused("--cre", "--create", "");
    assert_refused("--transaction=1", "--transaction-size", "");
    assert_refused("-Ox1", "-1", "");
    assert_refused("-aC", "-C", "");
}

static void an_argument_is_not_an_option(void **state)
{
    (void)state;
    assert_int_equal(CHECK("-t", "-C"), 0);
    assert_int_equal(CHECK("-tC", "-nC", "-IC", "-LC", "-NC", "-PC", "-SC", "-TC"), 0);
    assert_int_equal(CHECK("--table", "--create", "--trigger", "-C", "--function", "-C"), 0);
    assert_int_equal(CHECK("-t", "a", "-C"), -1);
}

static void an_option_without_its_argument_is_refused(void **state)
{
    (void)state;
    assert_int_equal(CHECK("-a", "-t"), -1);
    assert_string_equal(error_text(), "pg_restore's option -t needs an argument");
    assert_int_equal(CHECK("--table"), -1);
    assert_string_equal(error_text(), "pg_restore's option --table needs an argument");
    assert_int_equal(CHECK("-t", "", "--table="), 0);
}

static void a_word_that_is_no_option_is_refused_unquoted(void **state)
{
    (void)state;
    assert_int_equal(CHECK("-a", "postgres://u:secret@h/d"), -1);
    assert_non_null(strstr(error_text(), "options of pg_restore only"));
    assert_null(strstr(error_text(), "secret"));
}

static void a_filter_from_standard_input_is_refused(void **state)
{
    (void)state;
    assert_refused("--filter=-", "--filter", "standard input");
    assert_int_equal(CHECK("--filter", "-"), -1);
    assert_int_equal(CHECK("--filt=-"), -1);
    assert_int_equal(CHECK("--filter=-x"), 0);
    assert_int_equal(CHECK("-t", "--filter=-"), 0);
}

static void what_is_given_is_found(void **state)
{
    (void)state;
    assert_true(IS_GIVEN('a', "data-only", "-Oa"));
    assert_true(IS_GIVEN('a', "data-only", "--data-only"));
    assert_true(IS_GIVEN(0, "strict-names", "-t", "x", "--strict-names"));
    assert_true(IS_GIVEN('L', "use-list", "-OLa"));
    assert_false(IS_GIVEN('a', "data-only", "-ta", "--schema=a", "-n", "-a"));
    assert_true(IS_GIVEN('s', "schema-only", "--schema-o"));
    assert_true(IS_GIVEN('n', "schema", "--schema=app"));
    assert_false(IS_GIVEN('s', "schema-only", "--schema=app"));
    assert_false(IS_GIVEN('s', "schema-only", "--schema", "app"));
    assert_false(IS_GIVEN(0, "statistics-only", "--statistics"));
    assert_false(pg_restore_option_is_given(NULL, 'a', "data-only"));
}

/* The words, each between brackets. */
static void assert_run(const char *const *user, const char *expected)
{
    const char **list = pg_restore_run_options(user, false);
    struct buf found = {0};

    assert_non_null(list);
    for (size_t i = 0; list[i] != NULL; i++)
        assert_int_equal(buf_printf(&found, "[%s]", list[i]), 0);
    assert_string_equal(buf_text(&found), expected);
    buf_free(&found);
    free(list);
}

static void a_run_is_given_all_but_what_selects_entries(void **state)
{
    (void)state;
    assert_run(NULL, "");
    assert_run(WORDS("-a"), "[-a]");
    assert_run(WORDS("--role=joe", "--superuser", "joe", "-Ox"),
               "[--role=joe][--superuser][joe][-O][-x]");
    assert_run(WORDS("-n", "app", "--table=t", "-I", "i", "-NaT", "-Pf()", "-T", "-t", "-a"),
               "[-a]");
    assert_run(WORDS("--schema-only", "--schema", "app", "--filter=list"), "[--schema-only]");
    assert_run(WORDS("-L", "list", "--use-list=list", "--use-list", "list", "-Llist"), "");
    assert_run(WORDS("--section=data", "--section", "pre-data", "--strict-names"), "");
    assert_run(WORDS("-OLlist", "-xL", "list", "-SL", "-S", "-L", "--role", "--section"),
               "[-O][-x][-S][L][-S][-L][--role][--section]");
    assert_run(WORDS("--use-l=list", "--strict", "--use-set-session-authorization"),
               "[--use-set-session-authorization]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_select_and_shape_are_taken),
        cmocka_unit_test(options_that_are_set_already_are_refused_by_name),
        cmocka_unit_test(shortened_and_joined_options_are_seen),
        cmocka_unit_test(an_argument_is_not_an_option),
        cmocka_unit_test(an_option_without_its_argument_is_refused),
        cmocka_unit_test(a_word_that_is_no_option_is_refused_unquoted),
        cmocka_unit_test(a_filter_from_standard_input_is_refused),
        cmocka_unit_test(what_is_given_is_found),
        cmocka_unit_test(a_run_is_given_all_but_what_selects_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
