/* Which runs at a terminal are told that they had better not be, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "flow/attached.h"
#include "pty.h"

#define GB 1000000000ull

#define DETACHED "heroku run:detached -a bastion -- \"bin/dump\""

/* What is told at a terminal about tables of so many bytes. */
static const char *warn(uint64_t bytes, const char *detached)
{
    static struct pty pty;
    const char *told;

    if (pty_begin(&pty, 80) != 0)
        return "there is no terminal";
    attached_warn(bytes, detached);
    told = pty_told(&pty);
    pty_end(&pty);
    return told;
}

static void a_long_run_is_told_what_to_type_instead(void **state)
{
    (void)state;
    assert_string_equal(warn(30 * GB, DETACHED),
                        "dynodrop: warning: reading 30 GB of tables is likely to take about 12 "
                        "minutes, and Heroku ends an attached run when its terminal disconnects; "
                        "type instead: heroku run:detached -a bastion -- \"bin/dump\"\n");
}

static void one_of_up_to_ten_minutes_is_told_nothing(void **state)
{
    (void)state;
    assert_string_equal(warn(0, DETACHED), "");
    assert_string_equal(warn(24 * GB, DETACHED), "");
    assert_non_null(strstr(warn(25 * GB, DETACHED), "reading 25 GB of tables is likely to take "
                                                    "about 10 minutes, "));
}

static void very_long_ones_are_told_of_hours(void **state)
{
    (void)state;
    assert_non_null(strstr(warn(287 * GB, DETACHED), " take about 120 minutes, "));
    assert_non_null(strstr(warn(288 * GB, DETACHED), " take about 2 hours, "));
    assert_non_null(strstr(warn(1000 * GB, DETACHED), " take about 7 hours, "));
}

static void one_that_no_terminal_ends_is_told_nothing(void **state)
{
    (void)state;
    assert_string_equal(warn(1000 * GB, NULL), "");
}

static void a_quiet_one_is_told_nothing(void **state)
{
    (void)state;
    log_set_level(LOG_QUIET);
    assert_string_equal(warn(1000 * GB, DETACHED), "");
    log_set_level(LOG_NORMAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_run_is_told_what_to_type_instead),
        cmocka_unit_test(one_of_up_to_ten_minutes_is_told_nothing),
        cmocka_unit_test(very_long_ones_are_told_of_hours),
        cmocka_unit_test(one_that_no_terminal_ends_is_told_nothing),
        cmocka_unit_test(a_quiet_one_is_told_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
