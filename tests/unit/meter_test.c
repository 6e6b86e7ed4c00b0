/* The meter on a real terminal, in a pipe and with several threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/log.h"
#include "flow/meter.h"
#include "pty.h"

#define LINE_S 3

/* Standard error while a meter tells. */
static struct pty pty;

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_NORMAL);
    return setenv("TERM", "xterm", 1);
}

static void wait_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Lets a meter of that form run at a terminal for so long. Returns what was shown. */
static const char *show(enum meter_form form, long ms)
{
    struct meter *m;
    const char *shown;

    if (pty_begin(&pty, 80) != 0)
        return "";
    m = meter_new(form, LINE_S);
    meter_expect(m, 100);
    meter_done(m, 41);
    meter_table(m, "public", "orders");
    wait_ms(ms);
    meter_free(m);
    shown = pty_told(&pty);
    pty_end(&pty);
    return shown;
}

static void a_terminal_gets_a_bar_that_is_taken_away_at_the_end(void **state)
{
    static const char end[] = "\r\x1b[K";
    const char *shown;

    (void)state;
    shown = show(METER_AUTO, 500);
    assert_memory_equal(shown, "\r 41%  [", 8);
    assert_non_null(strstr(shown, " left  orders\x1b[K\r 41%  ["));
    assert_string_equal(shown + strlen(shown) - strlen(end), end);
    assert_null(strchr(shown, '\n'));
}

static _Atomic uint64_t sent;

static uint64_t how_many_are_sent(void *self)
{
    (void)self;
    return atomic_load(&sent);
}

static void what_the_targets_have_is_told_when_all_is_read(void **state)
{
    struct meter *m;
    const char *shown;

    (void)state;
    assert_int_equal(pty_begin(&pty, 80), 0);
    m = meter_new(METER_BAR, LINE_S);
    meter_expect(m, 100);
    meter_done(m, 100);
    wait_ms(300);
    atomic_store(&sent, 250);
    meter_deliver(m, 1000, how_many_are_sent, NULL);
    wait_ms(300);
    atomic_store(&sent, 900);
    wait_ms(300);
    atomic_store(&sent, UINT64_MAX);
    wait_ms(300);
    meter_free(m);
    shown = pty_told(&pty);
    pty_end(&pty);
    assert_memory_equal(shown, "\r 99%  [", 8);
    assert_non_null(strstr(shown, " 25%  [==>     ]  delivering "));
    assert_non_null(strstr(shown, " 90%  [=======>]  delivering "));
}

/* What a meter's lines are while this goes on, one a second. */
static const char *lines_of(void (*go_on)(struct meter *m))
{
    struct meter *m;
    const char *shown;

    if (pty_begin(&pty, 80) != 0)
        return "";
    m = meter_new(METER_LOG, 1);
    go_on(m);
    meter_free(m);
    shown = pty_told(&pty);
    pty_end(&pty);
    return shown;
}

static void restore_slowly(struct meter *m)
{
    meter_phase(m, METER_CHECKING, 1000);
    meter_table(m, "public", "customers");
    meter_table(m, "public", "orders");
    meter_done(m, 410);
    wait_ms(1500);
    meter_phase(m, METER_DROPPING, 0);
    wait_ms(1000);
    meter_phase(m, METER_ROWS, 1000);
    meter_table(m, "public", "orders");
    meter_read(m, 5, 5000);
    meter_done(m, 500);
    wait_ms(1000);
    meter_phase(m, METER_INDEXES, 30);
    meter_item(m, "public", "orders_pkey");
    meter_done(m, 3);
    wait_ms(1000);
    meter_phase(m, METER_ROWS, 0);
    wait_ms(1000);
}

static void each_phase_of_a_restore_has_its_own_counts(void **state)
{
    const char *lines = lines_of(restore_slowly);

    (void)state;
    assert_non_null(strstr(lines, "progress phase=checking percent=41 bytes=410 seconds=1 "));
    assert_non_null(strstr(lines, " table=public.orders\ndynodrop: progress phase=dropping "
                                  "seconds=2\n"));
    assert_non_null(strstr(lines, "progress phase=rows percent=50 tables=0 rows=5 raw_bytes=5000 "
                                  "bytes=500 seconds=3 "));
    assert_non_null(strstr(lines, "progress phase=indexes percent=10 items=3 of=30 seconds=4 "
                                  "object=public.orders_pkey\n"));
    assert_non_null(strstr(lines, "progress phase=rows tables=0 rows=5 raw_bytes=5000 bytes=0 "
                                  "seconds=5 rows_per_s=0 raw_mb_per_s=0.00 mb_per_s=0.00\n"));
}

static void restore_at_once(struct meter *m)
{
    meter_phase(m, METER_CHECKING, 1000);
    meter_phase(m, METER_ROWS, 1000);
    wait_ms(100);
}

static void a_phase_that_is_over_before_a_line_is_due_has_none(void **state)
{
    (void)state;
    assert_string_equal(lines_of(restore_at_once), "");
}

static void no_progress_is_none(void **state)
{
    (void)state;
    assert_string_equal(show(METER_NONE, 300), "");
    assert_null(meter_new(METER_NONE, LINE_S));
    meter_read(NULL, 1, 1);
    meter_written(NULL, 1);
    meter_phase(NULL, METER_ROWS, 1);
    meter_item(NULL, "public", "orders");
    meter_free(NULL);
}

static void a_terminal_that_cannot_overwrite_a_line_gets_no_bar(void **state)
{
    (void)state;
    setenv("TERM", "dumb", 1);
    assert_string_equal(show(METER_BAR, 300), "");
    unsetenv("TERM");
    assert_string_equal(show(METER_AUTO, 300), "");
}

static void what_is_no_terminal_gets_lines(void **state)
{
    char told[2000];
    int ends[2], saved = dup(STDERR_FILENO);
    struct meter *m;
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    m = meter_new(METER_AUTO, LINE_S);
    meter_expect(m, 1000);
    meter_table(m, "public", "customers");
    meter_table(m, "public", "orders");
    meter_done(m, 410);
    meter_read(m, 5, 5000);
    meter_written(m, 700);
    wait_ms(LINE_S * 1000 + 500);
    meter_free(m);
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    n = read(ends[0], told, sizeof(told) - 1);
    close(ends[0]);
    close(saved);
    assert_true(n > 0);
    told[n] = '\0';
    assert_string_equal(told, "dynodrop: progress percent=41 tables=1 rows=5 raw_bytes=5000 "
                              "bytes=700 seconds=3 rows_per_s=1 raw_mb_per_s=0.00 mb_per_s=0.00 "
                              "left_s=4 table=public.orders\n");
}

static void stand_still(struct meter *m)
{
    wait_ms(2500);
    atomic_store(&sent, 0);
    meter_deliver(m, 1000, how_many_are_sent, NULL);
    wait_ms(2000);
}

static void lines_come_also_while_nothing_gets_on_and_of_a_quiet_dump(void **state)
{
    const char *lines;

    (void)state;
    log_set_level(LOG_QUIET);
    lines = lines_of(stand_still);
    assert_non_null(strstr(lines, "\ndynodrop: progress tables=0 rows=0 "));
    assert_non_null(strstr(lines, "\ndynodrop: progress phase=delivering percent=0 "
                                  "delivered_bytes=0 bytes=1000 "));
}

static void it_ends_at_once(void **state)
{
    struct meter *m = meter_new(METER_LOG, LINE_S);
    double start;

    (void)state;
    assert_non_null(m);
    wait_ms(50);
    start = now();
    meter_free(m);
    assert_true(now() - start < 0.5);
}

/* The longest line shown since the last look, without what erases. */
static int widest(void)
{
    int widest = 0;

    for (const char *at = pty_told(&pty); (at = strchr(at, '\r')) != NULL; at++) {
        int width = (int)strcspn(at + 1, "\x1b");

        widest = width > widest ? width : widest;
    }
    return widest;
}

static void the_bar_follows_the_terminals_width(void **state)
{
    struct meter *m;
    int at_20, at_200;

    (void)state;
    assert_int_equal(pty_begin(&pty, 20), 0);
    m = meter_new(METER_BAR, LINE_S);
    wait_ms(500);
    at_20 = widest();
    pty_resize(&pty, 200);
    wait_ms(500);
    at_200 = widest();
    meter_free(m);
    pty_end(&pty);
    assert_in_range(at_20, 10, 19);
    assert_in_range(at_200, 60, 199);
}

static volatile sig_atomic_t signals_taken;

static void take_signal(int number)
{
    (void)number;
    signals_taken++;
}

static void its_thread_takes_no_signal(void **state)
{
    struct meter *m = meter_new(METER_LOG, LINE_S);
    sigset_t usr1;

    (void)state;
    assert_non_null(m);
    signal(SIGUSR1, take_signal);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);
    wait_ms(100);
    assert_int_equal(signals_taken, 0);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    assert_int_equal(signals_taken, 1);
    meter_free(m);
}

#define WORKERS 4
#define CHUNKS  500000

static void *work(void *self)
{
    struct meter *m = self;
    char name[32];

    for (int i = 0; i < CHUNKS; i++) {
        meter_expect(m, 10);
        meter_read(m, 3, 70);
        meter_done(m, 10);
        meter_written(m, 20);
        if (i % 2000 == 0) {
            snprintf(name, sizeof(name), "table %d", i);
            meter_table(m, "public", name);
            wait_ms(1);
        }
    }
    return NULL;
}

static void with_several_threads_nothing_is_lost_and_percent_never_go_back(void **state)
{
    pthread_t workers[WORKERS];
    const char *at;
    struct meter *m;
    int percent, before = -1, looks = 0;

    (void)state;
    assert_int_equal(pty_begin(&pty, 80), 0);
    m = meter_new(METER_BAR, LINE_S);
    meter_expect(m, WORKERS * CHUNKS * 10);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, work, m);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    wait_ms(500);
    meter_free(m);
    at = pty_told(&pty);
    pty_end(&pty);
    for (; (at = strchr(at, '\r')) != NULL; at++) {
        if (sscanf(at + 1, "%d%%", &percent) != 1)
            continue;
        assert_in_range(percent, before < 0 ? 0 : before, 99);
        before = percent;
        looks++;
    }
    assert_true(looks >= 2);
    /* Half, since each did as much as it added to what was expected at first. */
    assert_in_range(before, 50, 51);
}

#define METER(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        METER(a_terminal_gets_a_bar_that_is_taken_away_at_the_end),
        METER(what_the_targets_have_is_told_when_all_is_read),
        METER(each_phase_of_a_restore_has_its_own_counts),
        METER(a_phase_that_is_over_before_a_line_is_due_has_none),
        METER(no_progress_is_none),
        METER(a_terminal_that_cannot_overwrite_a_line_gets_no_bar),
        METER(what_is_no_terminal_gets_lines),
        METER(lines_come_also_while_nothing_gets_on_and_of_a_quiet_dump),
        METER(it_ends_at_once),
        METER(the_bar_follows_the_terminals_width),
        METER(its_thread_takes_no_signal),
        METER(with_several_threads_nothing_is_lost_and_percent_never_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
