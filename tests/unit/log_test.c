/* What is told on standard error, and its form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/log.h"
#include "base/logfmt.h"

static char told[10000];
static int ends[2], saved;

static int redirect(void **state)
{
    (void)state;
    saved = dup(STDERR_FILENO);
    return pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0;
}

static int restore(void **state)
{
    (void)state;
    log_set_level(LOG_NORMAL);
    close(ends[0]);
    close(saved);
    return 0;
}

/* Ends the redirection, so that cmocka can be heard, and reads what was told. */
static const char *what_was_told(void)
{
    ssize_t n;

    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    n = read(ends[0], told, sizeof(told) - 1);
    told[n > 0 ? n : 0] = '\0';
    return told;
}

static void tell_all(void)
{
    log_error("%d", 1);
    log_result("%d", 2);
    log_warn("%d", 3);
    log_info("%d", 4);
    log_debug("%d", 5);
}

static void a_quiet_log_tells_errors_and_the_result(void **state)
{
    (void)state;
    log_set_level(LOG_QUIET);
    tell_all();
    assert_string_equal(what_was_told(), "dynodrop: 1\ndynodrop: 2\n");
}

static void a_normal_log_tells_warnings_and_information_too(void **state)
{
    (void)state;
    tell_all();
    assert_string_equal(what_was_told(),
                        "dynodrop: 1\ndynodrop: 2\ndynodrop: warning: 3\ndynodrop: 4\n");
}

static void a_verbose_log_tells_all(void **state)
{
    (void)state;
    log_set_level(LOG_VERBOSE);
    tell_all();
    assert_non_null(strstr(what_was_told(), "dynodrop: 5\n"));
}

static void a_line_stays_one_line_and_no_terminal_obeys_it(void **state)
{
    (void)state;
    log_error("%s", "a\nb\x1b[2Jc\x7f\xc3\xa9");
    assert_string_equal(what_was_told(), "dynodrop: a b [2Jc \xc3\xa9\n");
}

static void a_line_that_is_too_long_is_cut_and_ends(void **state)
{
    static char longer[9000];

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    log_error("%s", longer);
    assert_int_equal(strlen(what_was_told()), 8191);
    assert_int_equal(told[8190], '\n');
}

static void assert_pair(const char *value, const char *expected)
{
    struct buf b = {0};

    assert_int_equal(logfmt_text(&b, "k", value), 0);
    assert_string_equal(b.data, expected);
    buf_free(&b);
}

static void pairs_are_separated_by_spaces(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_int_equal(logfmt_text(&b, "name", "a.age"), 0);
    assert_int_equal(logfmt_number(&b, "bytes", UINT64_MAX), 0);
    assert_string_equal(b.data, "name=a.age bytes=18446744073709551615");
    buf_free(&b);
}

static void values_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    assert_pair("plain/value,1", "k=plain/value,1");
    assert_pair("caf\xc3\xa9", "k=caf\xc3\xa9");
    assert_pair("", "k=\"\"");
    assert_pair("a b", "k=\"a b\"");
    assert_pair("a=b", "k=\"a=b\"");
    assert_pair("a\"b\\c", "k=\"a\\\"b\\\\c\"");
    assert_pair("a\nb\x7f", "k=\"a?b?\"");
}

#define TOLD(name) cmocka_unit_test_setup_teardown(name, redirect, restore)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD(a_quiet_log_tells_errors_and_the_result),
        TOLD(a_normal_log_tells_warnings_and_information_too),
        TOLD(a_verbose_log_tells_all),
        TOLD(a_line_stays_one_line_and_no_terminal_obeys_it),
        TOLD(a_line_that_is_too_long_is_cut_and_ends),
        cmocka_unit_test(pairs_are_separated_by_spaces),
        cmocka_unit_test(values_are_quoted_where_they_must_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
