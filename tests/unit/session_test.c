#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "pg/session.h"

#define PICK(...)                                                                                  \
    assert_int_equal(pg_session_from_options(&session, (const char *const[]){__VA_ARGS__, NULL}), 0)

static struct pg_session session;

static void without_options_all_is_as_pg_dump_has_it(void **state)
{
    (void)state;
    assert_int_equal(pg_session_from_options(&session, NULL), 0);
    assert_null(session.role);
    assert_false(session.row_security);
    assert_null(session.extra_float_digits);
    assert_null(session.encoding);
    PICK("-Ox", "-t", "a", "--schema=b", "--section", "data");
    assert_null(session.role);
    assert_false(session.row_security);
    assert_null(session.extra_float_digits);
}

static void an_option_is_found_with_its_argument_in_the_same_and_in_the_next_word(void **state)
{
    (void)state;
    PICK("--role=reader", "--extra-float-digits=0", "--enable-row-security");
    assert_string_equal(session.role, "reader");
    assert_string_equal(session.extra_float_digits, "0");
    assert_true(session.row_security);
    PICK("-O", "--role", "a=b", "--extra-float-digits", "-2");
    assert_string_equal(session.role, "a=b");
    assert_string_equal(session.extra_float_digits, "-2");
}

static void shortened_options_are_found(void **state)
{
    (void)state;
    PICK("--rol=reader", "--extra=1", "--enable-row");
    assert_string_equal(session.role, "reader");
    assert_string_equal(session.extra_float_digits, "1");
    assert_true(session.row_security);
}

static void of_one_option_given_twice_the_last_counts(void **state)
{
    (void)state;
    PICK("--role=one", "--role=other");
    assert_string_equal(session.role, "other");
}

static void an_argument_that_looks_like_an_option_is_none(void **state)
{
    (void)state;
    PICK("-t", "--role=reader", "--schema", "--enable-row-security", "-On", "--role=reader");
    assert_null(session.role);
    assert_false(session.row_security);
    PICK("--roles=reader", "--extension=0");
    assert_null(session.role);
    assert_null(session.extra_float_digits);
}

static void a_word_that_is_no_option_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        pg_session_from_options(&session, (const char *const[]){"--role=a", "secret", NULL}), -1);
    assert_null(strstr(error_text(), "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_all_is_as_pg_dump_has_it),
        cmocka_unit_test(an_option_is_found_with_its_argument_in_the_same_and_in_the_next_word),
        cmocka_unit_test(shortened_options_are_found),
        cmocka_unit_test(of_one_option_given_twice_the_last_counts),
        cmocka_unit_test(an_argument_that_looks_like_an_option_is_none),
        cmocka_unit_test(a_word_that_is_no_option_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
