#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "cmd/command.h"
#include "cmd/options.h"

static const struct option long_options[] = {
    {"level", required_argument, NULL, 'z'},
    {"verbose", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* Reads one option, which is wrong, and checks what is told. */
static void assert_wrong(const char *word, const char *error)
{
    char command[] = "dump", text[64];
    char *argv[] = {command, text, NULL};
    int result;

    strcpy(text, word);
    optind = 0; /* glibc's way to begin anew */
    result = options_next(2, argv, ":z:v", long_options);
    assert_true(result == '?' || result == ':');
    assert_int_equal(options_error(argv, result), EXIT_USAGE);
    assert_string_equal(error_text(), error);
}

static void a_wrong_option_is_named_and_its_value_is_not(void **state)
{
    (void)state;
    assert_wrong("-x", "unknown option -x; see dynodrop dump --help");
    assert_wrong("--databse=secret", "unknown option --databse; see dynodrop dump --help");
    assert_wrong("-z", "option -z needs a value; see dynodrop dump --help");
    assert_wrong("--level", "option --level needs a value; see dynodrop dump --help");
}

static void an_option_wins_over_its_variable_and_that_over_the_default(void **state)
{
    (void)state;
    setenv("TEST_OPTION", "variable", 1);
    assert_string_equal(options_value("given", "TEST_OPTION", "default"), "given");
    assert_string_equal(options_value("", "TEST_OPTION", "default"), "");
    assert_string_equal(options_value(NULL, "TEST_OPTION", "default"), "variable");
    setenv("TEST_OPTION", "", 1);
    assert_string_equal(options_value(NULL, "TEST_OPTION", "default"), "default");
    unsetenv("TEST_OPTION");
    assert_null(options_value(NULL, "TEST_OPTION", NULL));
}

static void a_number_is_whole_and_within_its_limits(void **state)
{
    static const char *const bad[] = {"", "0", "20", "3x", "3.5", "x", "99999999999999999999"};
    int value = 0;

    (void)state;
    assert_int_equal(options_number("1", "the level", 1, 19, &value), 0);
    assert_int_equal(value, 1);
    assert_int_equal(options_number("19", "the level", 1, 19, &value), 0);
    assert_int_equal(value, 19);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(options_number(bad[i], "the level", 1, 19, &value), -1);
        assert_int_equal(value, 19);
    }
    assert_string_equal(error_text(),
                        "the level is a whole number from 1 to 19, not \"99999999999999999999\"");
}

static void a_dyno_is_where_dyno_is_set(void **state)
{
    (void)state;
    unsetenv("DYNO");
    assert_false(options_on_dyno());
    setenv("DYNO", "", 1);
    assert_false(options_on_dyno());
    setenv("DYNO", "run.1", 1);
    assert_true(options_on_dyno());
}

static void assert_size(const char *text, uint64_t expected)
{
    uint64_t bytes;

    assert_int_equal(options_size(text, "the memory", &bytes), 0);
    assert_int_equal(bytes, expected);
}

static void a_size_is_a_number_with_a_power_of_1024_behind_it(void **state)
{
    (void)state;
    assert_size("0", 0);
    assert_size("4096", 4096);
    assert_size("3K", 3 * 1024);
    assert_size("128M", 128 * 1024 * 1024);
    assert_size("5G", 5ull * 1024 * 1024 * 1024);
    assert_size("17179869183G", 17179869183ull << 30);
}

static void what_is_no_size_is_an_error_that_quotes_it(void **state)
{
    static const char *const wrong[] = {"",     "M",   "-1",           " 1",
                                        "1 M",  "1MB", "1.5G",         "1T",
                                        "0x10", "12m", "17179869184G", "99999999999999999999"};
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(options_size(wrong[i], "the memory", &bytes), -1);
        assert_non_null(strstr(error_text(), "the memory is a size, as 128M or 1G, not \""));
        assert_non_null(strstr(error_text(), wrong[i]));
    }
}

static void a_time_is_a_number_with_its_unit_behind_it(void **state)
{
    static const char *const wrong[] = {"", "10", "m", "-1m", " 1m", "1.5h", "10ms", "8d", "1w"};
    int seconds;

    (void)state;
    assert_int_equal(options_duration("0s", "the wait", &seconds), 0);
    assert_int_equal(seconds, 0);
    assert_int_equal(options_duration("90s", "the wait", &seconds), 0);
    assert_int_equal(seconds, 90);
    assert_int_equal(options_duration("10m", "the wait", &seconds), 0);
    assert_int_equal(seconds, 600);
    assert_int_equal(options_duration("2h", "the wait", &seconds), 0);
    assert_int_equal(seconds, 7200);
    assert_int_equal(options_duration("7d", "the wait", &seconds), 0);
    assert_int_equal(seconds, 604800);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(options_duration(wrong[i], "the wait", &seconds), -1);
        assert_non_null(strstr(error_text(), "the wait is a time up to 7d, as 90s, 10m or 2h"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_option_is_named_and_its_value_is_not),
        cmocka_unit_test(an_option_wins_over_its_variable_and_that_over_the_default),
        cmocka_unit_test(a_number_is_whole_and_within_its_limits),
        cmocka_unit_test(a_dyno_is_where_dyno_is_set),
        cmocka_unit_test(a_size_is_a_number_with_a_power_of_1024_behind_it),
        cmocka_unit_test(what_is_no_size_is_an_error_that_quotes_it),
        cmocka_unit_test(a_time_is_a_number_with_its_unit_behind_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
