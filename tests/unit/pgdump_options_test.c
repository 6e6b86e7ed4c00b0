#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "pg/pgdump.h"

#define CHECK(...) pg_dump_check_options((const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(const char *word, const char *named)
{
    assert_int_equal(CHECK("-n", "app", word), -1);
    assert_non_null(strstr(error_text(), named));
}

static void options_that_select_and_shape_are_taken(void **state)
{
    (void)state;
    assert_int_equal(pg_dump_check_options((const char *const[]){NULL}), 0);
    assert_int_equal(CHECK("-n", "app", "--exclude-table-data=logs_*", "--no-owner"), 0);
    assert_int_equal(CHECK("-Ox", "-napp", "-t", "a", "-T", "b", "--schema", "app"), 0);
    assert_int_equal(CHECK("--filter=f", "--verbose", "--no-privileges", "--section=data"), 0);
}

static void options_that_are_set_already_are_refused_by_name(void **state)
{
    static const char *const words[][2] = {
        {"-Fp", "-F"},
        {"--format=plain", "--format"},
        {"-f", "-f"},
        {"--file", "--file"},
        {"-Z9", "-Z"},
        {"--compress=9", "--compress"},
        {"-j4", "-j"},
        {"--jobs", "--jobs"},
        {"-dx", "-d"},
        {"--dbname=x", "--dbname"},
        {"-h", "-h"},
        {"--host=x", "--host"},
        {"-p1", "-p"},
        {"--port", "--port"},
        {"-U", "-U"},
        {"--username", "--username"},
        {"-W", "-W"},
        {"--password", "--password"},
        {"-w", "-w"},
        {"--no-password", "--no-password"},
        {"-V", "-V"},
        {"--version", "--version"},
        {"-?", "-?"},
        {"--help", "--help"},
        {"--snapshot=1", "--snapshot"},
        {"--serializable-deferrable", "--serializable-deferrable"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_refused(words[i][0], words[i][1]);
}

static void shortened_long_options_are_seen(void **state)
{
    (void)state;
    assert_refused("--form", "--format");
    assert_refused("--snap=x", "--snapshot");
    assert_refused("--fi", "--file");
}

static void short_options_in_one_word_are_seen(void **state)
{
    (void)state;
    assert_refused("-OxFp", "-F");
    assert_refused("-vW", "-W");
}

static void an_argument_is_not_an_option(void **state)
{
    (void)state;
    assert_int_equal(CHECK("-t", "-F"), 0);
    assert_int_equal(CHECK("-t-F"), 0);
    assert_int_equal(CHECK("-vt", "--file"), 0);
    assert_int_equal(CHECK("-nF", "-SZ", "-eh", "-Ed", "-NU", "-TV"), 0);
    assert_int_equal(CHECK("-t", "a", "-F"), -1);
    assert_int_equal(CHECK("-ta", "-F"), -1);
    assert_int_equal(CHECK("-O", "-F"), -1);
}

static void what_the_user_gave_as_a_value_is_not_shown(void **state)
{
    (void)state;
    assert_refused("--dbname=postgres://u:secret@h/d", "--dbname");
    assert_null(strstr(error_text(), "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_select_and_shape_are_taken),
        cmocka_unit_test(options_that_are_set_already_are_refused_by_name),
        cmocka_unit_test(shortened_long_options_are_seen),
        cmocka_unit_test(short_options_in_one_word_are_seen),
        cmocka_unit_test(an_argument_is_not_an_option),
        cmocka_unit_test(what_the_user_gave_as_a_value_is_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
