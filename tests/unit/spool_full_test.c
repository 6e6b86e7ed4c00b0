/* The spool in a folder that is full: a tmpfs of 4 MiB, or a limit of the system's. */
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
#include <sys/resource.h>

#include "sink/room.h"
#include "spool_drop.h"

/* Long enough for a thread that can go on to do so. */
#define MOMENT_US 50000

#define assert_told(what)      assert_non_null(strstr(told(), what))
#define assert_error_has(part) assert_non_null(strstr(error_text(), part))

static struct spool *plan(size_t n_readers, uint64_t upper, uint64_t part_size)
{
    struct spool *s = spool_new(folder, n_readers);

    assert_non_null(s);
    assert_int_equal(spool_plan(s, upper, part_size), 0);
    return s;
}

/* Another program's file takes the room, but for so much of it. */
static int other_file = -1;

static void take_room(uint64_t but)
{
    static const char zeros[4 * KB];
    uint64_t room = 0, taken = 0;

    other_file = room_file(folder);
    assert_true(other_file >= 0);
    assert_int_equal(room_free(folder, &room), 0);
    for (; taken + but < room; taken += sizeof(zeros))
        assert_int_equal(room_write(folder, other_file, taken, zeros, sizeof(zeros)), 4 * KB);
}

static void give_room_back(void)
{
    room_close(other_file);
}

static bool await_room(uint64_t wanted)
{
    double end = seconds() + TEST_SECONDS / 2;
    uint64_t room = 0;

    while (room_free(folder, &room) == 0 && room != wanted && seconds() < end)
        pause_us(1000);
    return room == wanted;
}

static void a_drop_that_may_not_fit_is_planned_in_parts(void **state)
{
    struct spool *s;

    (void)state;
    need_small();
    s = plan(1, 3 * MB, 0);
    assert_false(spool_has_parts(s));
    assert_string_equal(told(), "");
    assert_int_equal(spool_plan(s, 100 * MB, 0), 0);
    assert_true(spool_has_parts(s));
    assert_told("has room for 4 MB, and the drop may have 104 MB: it goes in parts of 1 MB\n");
    spool_free(s);
}

static void without_room_for_a_part_there_is_no_plan(void **state)
{
    struct spool *s;

    (void)state;
    need_small();
    s = spool_new(folder, 1);
    assert_non_null(s);
    take_room(MB);
    assert_int_equal(spool_plan(s, 100 * MB, 0), -1);
    give_room_back();
    assert_error_has("has room for only 1048 kB: free some, or name another folder with --spool");
    spool_free(s);
}

static void a_full_folder_makes_the_writer_wait_until_a_part_is_delivered(void **state)
{
    struct source w = {.len = 10 * MB};
    struct delivery d = {.read_size = PIECE};

    (void)state;
    need_small();
    w.s = d.s = plan(1, 100 * MB, 0);
    assert_true(start_source(&w));
    assert_true(await_told("is full, with 3 MB that wait there (No space left on device)", 1));
    usleep(12 * MOMENT_US); /* it looks again meanwhile */
    assert_int_equal(w.rc, 99);
    assert_int_equal(spool_bytes(w.s), 3 * MB);
    assert_int_equal(times_told("the snapshot of the database is held until some are delivered; a "
                                "larger folder (--spool) avoids that"),
                     1);
    assert_true(start_delivery(&d));
    assert_delivered(&d, 10 * MB);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.rc, 0);
    assert_int_equal(d.parts, 10);
    assert_int_equal(d.largest, MB);
    spool_free(w.s);
}

static void a_drop_larger_than_the_room_arrives_whole_at_readers_of_different_speeds(void **state)
{
    struct delivery d[] = {{.reader = 0, .read_size = PIECE, .pause_us = 1000},
                           {.reader = 1, .read_size = 5555},
                           {.reader = 2, .read_size = 30 * KB, .pause_us = 700}};
    struct spool *s;
    uint64_t room = 0;

    (void)state;
    need_small();
    s = plan(4, 100 * MB, 0);
    spool_done(s, 3, 4); /* a reader that leaves in the middle */
    for (int i = 0; i < 3; i++) {
        d[i].s = s;
        assert_true(start_delivery(&d[i]));
    }
    assert_int_equal(put_drop(s, 4 * MB), 0);
    spool_done(s, 3, SPOOL_ALL);
    assert_int_equal(put_drop(s, 36 * MB + 7), 0);
    assert_int_equal(spool_finish(s), 0);
    for (int i = 0; i < 3; i++) {
        assert_delivered(&d[i], 40 * MB + 7);
        assert_int_equal(d[i].parts, 41);
    }
    assert_told("is full");
    assert_int_equal(room_free(folder, &room), 0);
    assert_int_equal(room, SMALL_ROOM);
    spool_free(s);
}

static void a_part_larger_than_the_room_ends_where_the_room_does(void **state)
{
    struct delivery d = {.read_size = PIECE};
    struct spool *s;

    (void)state;
    need_small();
    s = d.s = plan(1, 0, 100 * MB);
    assert_true(start_delivery(&d));
    assert_int_equal(put_drop(s, 10 * MB), 0);
    assert_int_equal(spool_finish(s), 0);
    assert_delivered(&d, 10 * MB);
    assert_int_equal(d.parts, 3);
    assert_int_equal(d.largest, SMALL_ROOM);
    spool_free(s);
}

static void a_part_ends_early_where_others_take_the_room(void **state)
{
    struct source w = {.len = 3 * MB};
    struct delivery d = {.read_size = PIECE, .parts = 1, .bytes = 300 * KB};
    enum spool_state after = SPOOL_LATER;
    char c;

    (void)state;
    need_small();
    w.s = d.s = plan(1, 0, MB);
    assert_int_equal(put_drop(w.s, 100 * KB), 0);
    take_room(200 * KB);
    assert_true(start_source(&w));
    assert_int_equal(spool_wait(w.s, 0, 300 * KB, -1), 0);
    assert_int_equal(spool_read(w.s, 0, 300 * KB, &c, 1, &after), 0);
    assert_int_equal(after, SPOOL_END);
    give_room_back();
    spool_done(w.s, 0, 0);
    assert_true(start_delivery(&d));
    assert_delivered(&d, 3 * MB + 100 * KB);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.rc, 0);
    spool_free(w.s);
}

static void room_that_others_give_back_is_used(void **state)
{
    struct source w = {.len = 2 * MB};
    struct delivery d = {.read_size = PIECE};

    (void)state;
    need_small();
    w.s = d.s = plan(1, 100 * MB, 0);
    take_room(0);
    assert_true(start_source(&w));
    usleep(MOMENT_US);
    assert_int_equal(w.rc, 99);
    give_room_back();
    assert_true(start_delivery(&d));
    assert_delivered(&d, 2 * MB);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.rc, 0);
    spool_free(w.s);
}

static void where_others_have_taken_all_room_the_writer_does_not_wait_for_ever(void **state)
{
    struct delivery d = {.read_size = PIECE};
    struct spool *s;

    (void)state;
    need_small();
    s = d.s = plan(1, 100 * MB, 0);
    assert_int_equal(put_drop(s, MB), 0);
    take_room(0);
    assert_true(start_delivery(&d));
    assert_int_equal(put_drop(s, 4 * MB), 0); /* the room of the first part, again and again */
    assert_true(await_room(MB));              /* all is delivered */
    give_room_back();
    take_room(MB - 4 * KB);
    assert_int_equal(put_drop(s, 1), -1);
    assert_error_has("has no room for more of the drop (No space left on device), and nothing of it"
                     " waits there: free some, or name another folder with --spool");
    spool_stop(s);
    pthread_join(d.thread, NULL);
    give_room_back();
    spool_free(s);
}

static void one_file_that_outgrows_the_folder_is_an_error_with_advice(void **state)
{
    struct spool *s;

    (void)state;
    need_small();
    s = plan(1, 1000, 0);
    assert_int_equal(put_drop(s, 5 * MB), -1);
    assert_int_equal(spool_bytes(s), SMALL_ROOM);
    assert_error_has("takes no more than 4 MB of the drop (No space left on device): name a larger "
                     "folder with --spool, or have it delivered in parts with --part-size");
    spool_free(s);
}

static int be_killed(void)
{
    struct spool *s = spool_new(folder, 1);

    if (s == NULL || spool_plan(s, 0, MB) != 0 || put_drop(s, 3 * MB) != 0)
        return 2;
    kill(getpid(), SIGKILL);
    return 3;
}

static void a_program_that_is_killed_keeps_no_room(void **state)
{
    uint64_t room = 0;
    int status;

    (void)state;
    need_small();
    status = run_in_child(be_killed);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(is_empty(folder));
    assert_int_equal(room_free(folder, &room), 0);
    assert_int_equal(room, SMALL_ROOM);
}

static bool limit_files(rlim_t bytes)
{
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};

    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static int write_limited_parts(void)
{
    struct spool *s = spool_new(folder, 1);
    struct delivery d = {.s = s, .read_size = PIECE};

    if (!limit_files(200000) || spool_plan(s, 0, MB) != 0 || !start_delivery(&d))
        return 2;
    if (put_drop(s, MB) != 0 || spool_finish(s) != 0)
        return 3;
    pthread_join(d.thread, NULL);
    spool_free(s);
    if (d.rc != 0 || d.altered || d.bytes != MB)
        return 4;
    return d.largest == 200000 && d.parts == 6 ? 0 : 5;
}

static void a_part_ends_where_no_file_may_be_larger(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(write_limited_parts), 0);
}

static int write_one_limited_file(void)
{
    struct spool *s = spool_new(folder, 1);

    if (!limit_files(200000) || spool_plan(s, MB, 0) != 0 || put_drop(s, MB) == 0)
        return 2;
    spool_free(s);
    return strstr(error_text(), "takes no more than 0 MB of the drop (File too large)") ? 0 : 3;
}

static void one_file_larger_than_one_may_be_is_an_error_with_the_reason(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(write_one_limited_file), 0);
}

static int write_with_few_descriptors(void)
{
    const struct rlimit limit = {.rlim_cur = 20, .rlim_max = 20};
    struct spool *s = spool_new(folder, 1);
    struct source w = {.s = s, .len = MB};
    struct delivery d = {.s = s, .read_size = PIECE};

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || spool_plan(s, 0, 10000) != 0)
        return 2;
    if (!start_source(&w) || !await_told("(Too many open files)", 1) || !start_delivery(&d))
        return 3;
    pthread_join(w.thread, NULL);
    pthread_join(d.thread, NULL);
    spool_free(s);
    return w.rc == 0 && d.rc == 0 && !d.altered && d.bytes == MB ? 0 : 4;
}

static void where_no_more_files_can_be_open_parts_wait_for_each_other(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(write_with_few_descriptors), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(a_drop_that_may_not_fit_is_planned_in_parts),
        SMALL(without_room_for_a_part_there_is_no_plan),
        SMALL(a_full_folder_makes_the_writer_wait_until_a_part_is_delivered),
        SMALL(a_drop_larger_than_the_room_arrives_whole_at_readers_of_different_speeds),
        SMALL(a_part_larger_than_the_room_ends_where_the_room_does),
        SMALL(a_part_ends_early_where_others_take_the_room),
        SMALL(room_that_others_give_back_is_used),
        SMALL(where_others_have_taken_all_room_the_writer_does_not_wait_for_ever),
        SMALL(one_file_that_outgrows_the_folder_is_an_error_with_advice),
        SMALL(a_program_that_is_killed_keeps_no_room),
        TEST(a_part_ends_where_no_file_may_be_larger),
        TEST(one_file_larger_than_one_may_be_is_an_error_with_the_reason),
        TEST(where_no_more_files_can_be_open_parts_wait_for_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
