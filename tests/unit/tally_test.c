/* Which targets are left, and what is said of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/log.h"
#include "sink/tally.h"

static const char *const texts[] = {"taildrop:laptop", "drops", "-"};

static struct tally *make(size_t n)
{
    struct tally *t = tally_new(texts, n);

    assert_non_null(t);
    log_set_level(LOG_QUIET);
    return t;
}

static void where_none_has_failed_there_is_no_error(void **state)
{
    struct tally *t = make(3);

    (void)state;
    assert_int_equal(tally_error(t), 0);
    tally_free(t);
}

static void a_failure_counts_once_and_keeps_its_reason(void **state)
{
    struct tally *t = make(3);

    (void)state;
    error_set("it sleeps");
    assert_int_equal(tally_fail(t, 0), 2);
    assert_string_equal(error_text(), "it sleeps");
    error_set("another reason");
    assert_int_equal(tally_fail(t, 0), 2);
    assert_int_equal(tally_error(t), -1);
    assert_string_equal(error_text(), "target taildrop:laptop: it sleeps");
    tally_free(t);
}

static void the_last_failure_makes_the_error_that_of_all(void **state)
{
    struct tally *t = make(2);

    (void)state;
    error_set("the disk is full");
    assert_int_equal(tally_fail(t, 1), 1);
    error_set("it sleeps");
    assert_int_equal(tally_fail(t, 0), 0);
    assert_string_equal(error_text(),
                        "target drops: the disk is full; target taildrop:laptop: it sleeps");
    tally_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_none_has_failed_there_is_no_error),
        cmocka_unit_test(a_failure_counts_once_and_keeps_its_reason),
        cmocka_unit_test(the_last_failure_makes_the_error_that_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
