/* What is told on standard error, and its form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/logfmt.h"
#include "pty.h"

static char told[100000];
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
    log_error("%s", "a\nb\x1b[2Jc\x7f\xc3\xa9\xc2\x9b");
    assert_string_equal(what_was_told(), "dynodrop: a b [2Jc \xc3\xa9  \n");
}

static void a_line_that_is_too_long_is_cut_and_ends(void **state)
{
    static char longer[5000];

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    log_error("%s", longer);
    assert_int_equal(strlen(what_was_told()), 4095);
    assert_int_equal(told[4094], '\n');
}

static void a_line_takes_the_status_away_until_it_is_set_again(void **state)
{
    struct pty pty;
    const char *shown;

    (void)state;
    assert_int_equal(pty_begin(&pty, 80), 0);
    log_status("busy");
    log_info("one");
    log_info("two");
    log_status("at it");
    log_status("still");
    log_status(NULL);
    log_status(NULL);
    log_info("three");
    shown = pty_told(&pty);
    pty_end(&pty);
    assert_string_equal(shown, "\rbusy\x1b[K"
                               "\r\x1b[Kdynodrop: one\n"
                               "dynodrop: two\n"
                               "\rat it\x1b[K"
                               "\rstill\x1b[K"
                               "\r\x1b[K"
                               "dynodrop: three\n");
}

static void no_terminal_obeys_a_status(void **state)
{
    (void)state;
    log_status("a\nb\x1b[2Jc\x7f\xc3\xa9\xc2\x9b"
               "d");
    log_status(NULL);
    assert_string_equal(what_was_told(), "\ra b [2Jc \xc3\xa9  d\x1b[K\r\x1b[K");
}

static void a_terminal_that_is_held_holds_no_status(void **state)
{
    struct pty pty;
    const char *shown;

    (void)state;
    assert_int_equal(pty_begin(&pty, 80), 0);
    alarm(10);
    tcflow(pty.slave, TCOOFF);
    log_status("busy");
    log_status(NULL);
    tcflow(pty.slave, TCOON);
    alarm(0);
    shown = pty_told(&pty);
    pty_end(&pty);
    assert_string_equal(shown, "");
}

/* Begins a session at the terminal, in which a job in the background sets a status and then one in
 * the foreground does. */
static void run_jobs(const struct pty *pty)
{
    pid_t background;

    if (setsid() < 0 || ioctl(pty->slave, TIOCSCTTY, 0) != 0)
        _exit(1);
    background = fork();
    if (background == 0) {
        setpgid(0, 0);
        log_status("behind");
        _exit(0);
    }
    waitpid(background, NULL, 0);
    log_status("before");
    tcdrain(pty->slave);
    _exit(0);
}

static void a_job_in_the_background_shows_no_status(void **state)
{
    struct pty pty;
    const char *shown;
    pid_t pid;

    (void)state;
    assert_int_equal(pty_begin(&pty, 80), 0);
    pid = fork();
    if (pid == 0)
        run_jobs(&pty);
    waitpid(pid, NULL, 0);
    shown = pty_told(&pty);
    pty_end(&pty);
    assert_string_equal(shown, "\rbefore\x1b[K");
}

#define LINES 100

static void *tell_lines(void *self)
{
    (void)self;
    for (int i = 0; i < LINES; i++)
        log_info("a line");
    return NULL;
}

static void *set_statuses(void *self)
{
    (void)self;
    for (int i = 0; i < LINES; i++)
        log_status("a status that is longer than a line");
    return NULL;
}

/* What a terminal shows of it: how many of its lines are `line`; -1 where there are others. */
static int count_lines(const char *shown, const char *line)
{
    char row[1000] = "";
    size_t at = 0;
    int n = 0;

    for (; *shown != '\0' && at < sizeof(row) - 1; shown++) {
        if (*shown == '\r') {
            at = 0;
        } else if (strncmp(shown, "\x1b[K", 3) == 0) {
            memset(row + at, 0, sizeof(row) - at);
            shown += 2;
        } else if (*shown != '\n') {
            row[at++] = *shown;
        } else {
            if (strcmp(row, line) != 0)
                return -1;
            memset(row, 0, sizeof(row));
            at = 0;
            n++;
        }
    }
    return row[0] == '\0' ? n : -1;
}

static void lines_and_statuses_of_several_threads_do_not_mix(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, i < 2 ? tell_lines : set_statuses, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_status(NULL);
    assert_int_equal(count_lines(what_was_told(), "dynodrop: a line"), 2 * LINES);
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
        cmocka_unit_test(a_line_takes_the_status_away_until_it_is_set_again),
        TOLD(no_terminal_obeys_a_status),
        cmocka_unit_test(a_terminal_that_is_held_holds_no_status),
        cmocka_unit_test(a_job_in_the_background_shows_no_status),
        TOLD(lines_and_statuses_of_several_threads_do_not_mix),
        cmocka_unit_test(pairs_are_separated_by_spaces),
        cmocka_unit_test(values_are_quoted_where_they_must_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
