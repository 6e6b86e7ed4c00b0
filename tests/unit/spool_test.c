/* The spool in a folder with room enough, with real files and threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>

#include "base/interrupt.h"
#include "spool_drop.h"

/* Long enough for a thread that can go on to do so. */
#define MOMENT_US 50000

#define assert_error_has(part) assert_non_null(strstr(error_text(), part))

static struct spool *plan(size_t n_readers, uint64_t upper, uint64_t part_size)
{
    struct spool *s = spool_new(folder, n_readers);

    assert_non_null(s);
    assert_int_equal(spool_plan(s, upper, part_size), 0);
    return s;
}

static void put_text(struct spool *s, const char *text)
{
    struct writer w = spool_writer(s);

    assert_int_equal(writer_put(&w, text, strlen(text)), 0);
}

/* What can be read at the offset: the text, "later" or "end". */
static void assert_reads(struct spool *s, size_t index, uint64_t offset, const char *expected)
{
    enum spool_state state;
    char text[100];
    ssize_t n = spool_read(s, index, offset, text, sizeof(text) - 1, &state);

    assert_true(n >= 0);
    text[n] = '\0';
    if (n == 0)
        strcpy(text, state == SPOOL_END ? "end" : "later");
    assert_string_equal(text, expected);
}

static void what_is_written_can_be_read_at_once_and_the_end_is_told(void **state)
{
    struct spool *s = plan(1, 1000, 0);

    (void)state;
    assert_false(spool_has_parts(s));
    put_text(s, "first");
    assert_int_equal(spool_await_part(s, 0, 0), 1);
    assert_reads(s, 0, 0, "first");
    assert_reads(s, 0, 5, "later");
    put_text(s, " second");
    assert_reads(s, 0, 5, " second");
    assert_reads(s, 0, 3, "st second");
    assert_reads(s, 0, 12, "later");
    assert_int_equal(spool_finish(s), 0);
    assert_reads(s, 0, 12, "end");
    assert_reads(s, 0, 0, "first second");
    assert_int_equal(spool_await_part(s, 0, 1), 0);
    assert_int_equal(spool_bytes(s), 12);
    spool_free(s);
}

static void parts_have_the_size_asked_for_and_end_before_the_next_begins(void **state)
{
    struct spool *s = plan(1, 0, 4);

    (void)state;
    assert_true(spool_has_parts(s));
    put_text(s, "abcdefg");
    assert_reads(s, 0, 0, "abcd");
    assert_reads(s, 0, 4, "end");
    assert_reads(s, 1, 0, "efg");
    assert_reads(s, 1, 3, "later");
    put_text(s, "h");
    assert_reads(s, 1, 4, "end");
    assert_int_equal(spool_finish(s), 0);
    assert_int_equal(spool_await_part(s, 0, 1), 1);
    assert_int_equal(spool_await_part(s, 0, 2), 0); /* there is no empty part behind full ones */
    spool_free(s);
}

static void a_drop_without_a_byte_has_no_part(void **state)
{
    struct spool *s = plan(1, 0, 0);

    (void)state;
    assert_int_equal(spool_finish(s), 0);
    assert_int_equal(spool_await_part(s, 0, 0), 0);
    assert_int_equal(count_files(), 0);
    spool_free(s);
}

static void a_folder_that_cannot_be_used_is_refused_at_once(void **state)
{
    (void)state;
    assert_null(spool_new("/nonexistent", 1));
    assert_error_has("name another folder with --spool");
}

static void files_are_nameless_private_and_no_childs(void **state)
{
    struct spool *s = spool_new(folder, 1);
    int before = count_files();
    struct stat st;
    int n = 0;

    (void)state;
    assert_int_equal(spool_plan(s, 0, 3), 0);
    assert_int_equal(count_files(), before);
    put_text(s, "abcdefgh");
    assert_int_equal(count_files(), before + 3);
    assert_true(is_empty(folder));
    for (int fd = next_file(-1); fd >= 0; fd = next_file(fd)) {
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        n++;
    }
    assert_int_equal(n, before + 3);
    assert_int_equal(spool_plan(s, 0, 4), -1);
    spool_free(s);
    assert_int_equal(count_files(), before);
}

static void a_part_that_is_complete_is_a_file(void **state)
{
    struct spool *s = plan(1, 0, 4);
    uint64_t size = 0;
    char text[4];
    int fd;

    (void)state;
    put_text(s, "abcdef");
    fd = spool_file(s, 0, &size);
    assert_true(fd >= 0);
    assert_int_equal(size, 4);
    assert_int_equal(pread(fd, text, sizeof(text), 0), 4);
    assert_memory_equal(text, "abcd", 4);
    assert_int_equal(spool_file(s, 1, &size), -1);
    assert_int_equal(spool_finish(s), 0);
    assert_true(spool_file(s, 1, &size) >= 0);
    assert_int_equal(size, 2);
    spool_stop(s);
    assert_int_equal(spool_file(s, 1, &size), -1);
    spool_free(s);
}

static void a_part_goes_when_it_is_complete_and_every_reader_is_done_with_it(void **state)
{
    int before = count_files();
    struct spool *s = plan(2, 0, 4);
    enum spool_state unused;
    char c;

    (void)state;
    put_text(s, "abcdef");
    spool_done(s, 0, 0);
    assert_int_equal(count_files(), before + 2);
    assert_reads(s, 0, 0, "abcd");
    spool_done(s, 1, 0);
    assert_int_equal(count_files(), before + 1);
    assert_int_equal(spool_read(s, 0, 0, &c, 1, &unused), -1);
    assert_string_equal(error_text(), "the drop's part 1 is not in the spool any more");
    spool_done(s, 0, 1);
    spool_done(s, 1, SPOOL_ALL);
    assert_int_equal(count_files(), before + 1); /* it is being written */
    put_text(s, "ghijklmn");
    assert_int_equal(count_files(), before + 2);
    spool_done(s, 0, 3); /* and with those before it */
    assert_int_equal(count_files(), before + 1);
    assert_int_equal(spool_finish(s), 0);
    assert_int_equal(count_files(), before);
    spool_free(s);
}

static void a_reader_that_has_left_is_told_so(void **state)
{
    struct spool *s = plan(1, 0, 4);

    (void)state;
    spool_done(s, 0, SPOOL_ALL);
    spool_done(s, 0, 0); /* it has not come back */
    put_text(s, "abcdef");
    assert_int_equal(spool_await_part(s, 0, 1), -1);
    assert_string_equal(error_text(), "the drop's part 2 was given up");
    spool_free(s);
}

static void waiting_ends_when_the_time_is_over(void **state)
{
    struct spool *s = plan(1, 0, 0);
    double begin;

    (void)state;
    put_text(s, "x");
    assert_int_equal(spool_wait(s, 0, 0, -1), 0); /* there is something */
    assert_int_equal(spool_wait(s, 0, 1, 0), 0);
    begin = seconds();
    assert_int_equal(spool_wait(s, 0, 1, 450), 0);
    assert_true(seconds() - begin >= 0.4);
    spool_free(s);
}

static void a_reader_follows_one_file_while_it_grows(void **state)
{
    struct spool *s = plan(1, 10 * MB, 0);
    struct delivery d = {.s = s, .read_size = 10000};

    (void)state;
    assert_true(start_delivery(&d));
    assert_int_equal(put_drop(s, 10 * MB + 1), 0);
    assert_int_equal(spool_finish(s), 0);
    assert_delivered(&d, 10 * MB + 1);
    assert_int_equal(d.parts, 1);
    spool_free(s);
}

static void readers_of_different_speeds_all_get_the_whole_drop(void **state)
{
    int before = count_files();
    struct spool *s = plan(3, 0, 300001);
    struct delivery d[] = {{.s = s, .reader = 0, .read_size = PIECE},
                           {.s = s, .reader = 1, .read_size = 7777, .pause_us = 100},
                           {.s = s, .reader = 2, .read_size = PIECE, .pause_us = 3000}};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(start_delivery(&d[i]));
    assert_int_equal(put_drop(s, 10 * MB), 0);
    assert_int_equal(spool_finish(s), 0);
    for (int i = 0; i < 3; i++) {
        assert_delivered(&d[i], 10 * MB);
        assert_int_equal(d[i].parts, 35);
        assert_int_equal(d[i].largest, 300001);
        assert_int_equal(d[i].smallest, 10 * MB - 34 * 300001);
    }
    assert_int_equal(count_files(), before);
    assert_string_equal(told(), "");
    spool_free(s);
}

static void no_more_than_128_parts_wait_and_the_writer_says_so_once(void **state)
{
    struct spool *s = plan(1, 0, 10);
    struct source w = {.s = s, .len = 1290};
    struct delivery d = {.s = s, .read_size = 100};

    (void)state;
    assert_true(start_source(&w));
    assert_true(await_told("128 parts wait in /tmp/spool_test", 1));
    assert_int_equal(spool_bytes(s), 1280);
    assert_int_equal(w.rc, 99);
    spool_done(s, 0, 0);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.rc, 0);
    assert_int_equal(times_told("the snapshot of the database is held until one is delivered; "
                                "larger parts (--part-size) avoid that"),
                     1);
    d.parts = 1;
    d.bytes = 10;
    assert_true(start_delivery(&d));
    assert_delivered(&d, 1290);
    spool_free(s);
}

static void who_waits_is_woken_and_need_not_look(void **state)
{
    struct spool *s = plan(1, 0, 1);
    struct source w = {.s = s, .len = 128 + 50};
    double begin;

    (void)state;
    assert_true(start_source(&w));
    assert_true(await_told("parts wait", 1));
    begin = seconds();
    for (size_t i = 0; i < 50; i++) {
        pause_us(1000); /* the writer comes to wait again */
        spool_done(s, 0, i);
        assert_int_equal(spool_await_part(s, 0, 128 + i), 1);
    }
    assert_true(seconds() - begin < 5);
    assert_int_equal(times_told("parts wait"), 1);
    pthread_join(w.thread, NULL);
    spool_free(s);
}

static void a_reader_that_has_left_holds_nobody_up(void **state)
{
    struct spool *s = plan(2, 0, 1000);
    struct delivery d = {.s = s, .reader = 1, .read_size = 1000};

    (void)state;
    assert_true(start_delivery(&d));
    spool_done(s, 0, SPOOL_ALL);
    assert_int_equal(put_drop(s, MB), 0);
    assert_int_equal(spool_finish(s), 0);
    assert_delivered(&d, MB);
    spool_free(s);
}

/* Everybody who can wait, each in a thread. */
struct waiting {
    struct spool *s;
    struct source w;
    struct delivery d;
    int rc;
    char error[200];
    pthread_t thread;
};

static void *wait_for_bytes(void *self)
{
    struct waiting *all = self;

    all->rc = spool_wait(all->s, 500, 0, -1);
    snprintf(all->error, sizeof(all->error), "%s", error_text());
    return NULL;
}

/* The writer waits for room, a reader for a part, and another for bytes of one. */
static bool start_waiting(struct waiting *all)
{
    *all = (struct waiting){.s = spool_new(folder, 2)};
    if (all->s == NULL || spool_plan(all->s, 0, 1) != 0)
        return false;
    all->w = (struct source){.s = all->s, .len = 1000};
    all->d = (struct delivery){.s = all->s, .parts = 500, .read_size = 1};
    if (!start_source(&all->w) || !start_delivery(&all->d) ||
        pthread_create(&all->thread, NULL, wait_for_bytes, all) != 0 ||
        !await_told("parts wait", 1))
        return false;
    usleep(MOMENT_US);
    return all->w.rc == 99;
}

static bool all_have_failed(struct waiting *all, const char *error)
{
    pthread_join(all->w.thread, NULL);
    pthread_join(all->d.thread, NULL);
    pthread_join(all->thread, NULL);
    return all->w.rc == -1 && all->d.rc == -1 && all->rc == -1 &&
           strcmp(all->w.error, error) == 0 && strcmp(all->d.error, error) == 0 &&
           strcmp(all->error, error) == 0;
}

static void who_stops_the_spool_first_ends_everybodys_waiting_with_the_reason(void **state)
{
    struct waiting all;
    enum spool_state unused;
    char c;

    (void)state;
    assert_true(start_waiting(&all));
    error_set("laptop has gone");
    spool_stop(all.s);
    error_set("another reason");
    spool_stop(all.s);
    assert_true(all_have_failed(&all, "laptop has gone"));
    assert_int_equal(spool_read(all.s, 0, 0, &c, 1, &unused), -1);
    assert_string_equal(error_text(), "laptop has gone");
    assert_int_equal(put_drop(all.s, 1), -1);
    assert_int_equal(spool_finish(all.s), -1);
    assert_string_equal(error_text(), "laptop has gone");
    spool_free(all.s);
}

static void a_writer_that_does_not_wait_is_stopped_too(void **state)
{
    struct spool *s = plan(1, 0, 0);

    (void)state;
    put_text(s, "x");
    error_set("laptop has gone");
    spool_stop(s);
    error_set("-");
    assert_int_equal(put_drop(s, 1), -1);
    assert_string_equal(error_text(), "laptop has gone");
    spool_free(s);
}

static int be_told_to_stop(void)
{
    struct waiting all;
    double begin;

    if (interrupt_init() != 0 || !start_waiting(&all))
        return 2;
    begin = seconds();
    kill(getpid(), SIGTERM);
    if (!all_have_failed(&all, "told to stop by SIGTERM"))
        return 3;
    if (seconds() - begin > 2)
        return 4;
    spool_free(all.s);
    return 0;
}

static void a_signal_ends_everybodys_waiting(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(be_told_to_stop), 0);
}

static int be_killed(void)
{
    struct spool *s = spool_new(folder, 1);

    if (s == NULL || spool_plan(s, 0, 100 * KB) != 0 || put_drop(s, MB) != 0)
        return 2;
    kill(getpid(), SIGKILL);
    return 3;
}

static void a_program_that_is_killed_leaves_nothing(void **state)
{
    int status = run_in_child(be_killed);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(is_empty(folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_can_be_read_at_once_and_the_end_is_told),
        TEST(parts_have_the_size_asked_for_and_end_before_the_next_begins),
        TEST(a_drop_without_a_byte_has_no_part),
        TEST(a_folder_that_cannot_be_used_is_refused_at_once),
        TEST(files_are_nameless_private_and_no_childs),
        TEST(a_part_that_is_complete_is_a_file),
        TEST(a_part_goes_when_it_is_complete_and_every_reader_is_done_with_it),
        TEST(a_reader_that_has_left_is_told_so),
        TEST(waiting_ends_when_the_time_is_over),
        TEST(a_reader_follows_one_file_while_it_grows),
        TEST(readers_of_different_speeds_all_get_the_whole_drop),
        TEST(no_more_than_128_parts_wait_and_the_writer_says_so_once),
        TEST(who_waits_is_woken_and_need_not_look),
        TEST(a_reader_that_has_left_holds_nobody_up),
        TEST(who_stops_the_spool_first_ends_everybodys_waiting_with_the_reason),
        TEST(a_writer_that_does_not_wait_is_stopped_too),
        TEST(a_signal_ends_everybodys_waiting),
        TEST(a_program_that_is_killed_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
