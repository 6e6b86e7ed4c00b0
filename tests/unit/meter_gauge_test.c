/* Speeds, percent and time left from counts that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/meter_gauge.h"

#define MB 1000000ULL

/* A run in steps of a fifth of a second at steady speeds, so many MB done a second. */
static void go_on(struct meter_gauge *g, struct meter_counts *counts, double seconds, double speed,
                  struct meter_view *view)
{
    const double end = g->seconds + seconds;

    while (g->seconds < end - 0.1) {
        counts->rows += 200;
        counts->raw_bytes += (uint64_t)(speed * 0.2 * 2e6);
        counts->bytes += (uint64_t)(speed * 0.2 * 0.5e6);
        counts->done += (uint64_t)(speed * 0.2 * 1e6);
        meter_gauge_look(g, g->seconds + 0.2, counts, view);
    }
}

static void steady_speeds_are_told_as_they_are(void **state)
{
    struct meter_counts counts = {.expected = 1000 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 20, 10, &view);
    assert_in_range((int)(view.rows_per_s + 0.5), 1000, 1000);
    assert_in_range((int)(view.raw_bytes_per_s / 1e4 + 0.5), 2000, 2000);
    assert_in_range((int)(view.bytes_per_s / 1e4 + 0.5), 500, 500);
    assert_int_equal(view.percent, 20);
    assert_int_equal(view.left_s, 80);
    assert_in_range(view.seconds, 19, 20); /* a sum of fifths */
}

static void the_time_left_is_not_told_before_there_is_enough_to_tell_from(void **state)
{
    struct meter_counts counts = {.expected = 1000 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    /* What comes before the first byte does not count: neither here nor in the speed. */
    for (int i = 1; i <= 100; i++)
        meter_gauge_look(&g, i, &counts, &view);
    assert_int_equal(view.left_s, -1);
    go_on(&g, &counts, 2.6, 10, &view);
    assert_int_equal(view.left_s, -1);
    go_on(&g, &counts, 1, 10, &view);
    assert_in_range(view.left_s, 96, 97);
}

static void the_time_left_follows_another_speed(void **state)
{
    struct meter_counts counts = {.expected = 10000 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 100, 50, &view);
    assert_in_range(view.left_s, 99, 101);
    go_on(&g, &counts, 90, 10, &view);
    assert_in_range(view.left_s, 330, 410); /* 4,100 MB at 10 MB/s, and a little of the past */
}

static void a_dump_that_stands_still_tells_no_time_left(void **state)
{
    struct meter_counts counts = {.expected = 10000 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 10, 50, &view);
    go_on(&g, &counts, 1000, 0, &view);
    assert_int_equal(view.left_s, -1);
    assert_int_equal((int)view.raw_bytes_per_s, 0);
}

static void percent_never_goes_back_though_the_estimate_grows(void **state)
{
    struct meter_counts counts = {.expected = 100 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 5, 10, &view);
    assert_int_equal(view.percent, 50);
    counts.expected += 100 * MB;
    go_on(&g, &counts, 2, 10, &view);
    assert_int_equal(view.percent, 50);
    go_on(&g, &counts, 5, 10, &view);
    assert_int_equal(view.percent, 60);
}

static void percent_is_never_100(void **state)
{
    struct meter_counts counts = {.expected = 100 * MB, .done = 100 * MB - 1};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    meter_gauge_look(&g, 1, &counts, &view);
    assert_int_equal(view.percent, 99);
    counts.done = 200 * MB;
    meter_gauge_look(&g, 2, &counts, &view);
    assert_int_equal(view.percent, 99);
    assert_int_equal(view.left_s, -1);
}

static void when_all_that_was_expected_is_done_no_time_is_left_to_tell(void **state)
{
    struct meter_counts counts = {.expected = 100 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 9, 10, &view);
    assert_in_range(view.left_s, 1, 1);
    go_on(&g, &counts, 1, 10, &view);
    assert_int_equal(counts.done, counts.expected);
    assert_int_equal(view.left_s, -1);
}

static void without_an_estimate_there_are_no_percent(void **state)
{
    const struct meter_counts counts = {.raw_bytes = 5};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    meter_gauge_look(&g, 1, &counts, &view);
    assert_int_equal(view.percent, -1);
}

static void another_phase_begins_anew_but_for_the_seconds(void **state)
{
    struct meter_counts counts = {.expected = 100 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 8, 10, &view);
    assert_int_equal(view.percent, 80);
    counts = (struct meter_counts){.rows = counts.rows, .raw_bytes = counts.raw_bytes};
    meter_gauge_begin(&g, METER_ROWS, 10, &counts);
    counts.expected = 200 * MB;
    meter_gauge_look(&g, 12, &counts, &view);
    assert_int_equal(view.phase, METER_ROWS);
    assert_int_equal(view.percent, 0);
    assert_int_equal(view.left_s, -1);
    assert_in_range(view.seconds, 12, 12);
    assert_int_equal((int)view.raw_bytes_per_s, 0);
    counts.done += 40 * MB;
    counts.raw_bytes += 80 * MB;
    meter_gauge_look(&g, 14, &counts, &view);
    assert_int_equal(view.percent, 20);
    /* 40 MB in 4 s: a restore does not wait for anyone before its first byte. */
    assert_int_equal(view.left_s, 16);
    assert_in_range((int)(view.raw_bytes_per_s / 1e4 + 0.5), 2000, 2000);
}

static void what_was_delivered_while_it_was_read_counts_from_the_start(void **state)
{
    struct meter_counts counts = {.expected = 100 * MB};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    go_on(&g, &counts, 10, 10, &view);
    counts = (struct meter_counts){.rows = counts.rows, .raw_bytes = counts.raw_bytes};
    meter_gauge_begin(&g, METER_DELIVERING, 0, &counts);
    counts.expected = 100 * MB;
    counts.done = counts.bytes = 20 * MB;
    meter_gauge_look(&g, 10, &counts, &view);
    assert_in_range((int)(view.bytes_per_s / 1e4 + 0.5), 200, 200);
    assert_int_equal(view.left_s, 40);
}

static void the_time_left_for_objects_is_from_the_mean_of_all_of_them(void **state)
{
    struct meter_counts counts = {.expected = 30};
    struct meter_gauge g = {0};
    struct meter_view view;

    (void)state;
    meter_gauge_begin(&g, METER_INDEXES, 0, &counts);
    for (int i = 1; i <= 600; i++) {
        counts.done = (uint64_t)i / 60; /* a minute each */
        meter_gauge_look(&g, i, &counts, &view);
        assert_true(i >= 60 || view.left_s == -1);
    }
    assert_int_equal(view.percent, 33);
    assert_int_equal(view.left_s, 20 * 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_speeds_are_told_as_they_are),
        cmocka_unit_test(the_time_left_is_not_told_before_there_is_enough_to_tell_from),
        cmocka_unit_test(the_time_left_follows_another_speed),
        cmocka_unit_test(a_dump_that_stands_still_tells_no_time_left),
        cmocka_unit_test(percent_never_goes_back_though_the_estimate_grows),
        cmocka_unit_test(percent_is_never_100),
        cmocka_unit_test(when_all_that_was_expected_is_done_no_time_is_left_to_tell),
        cmocka_unit_test(without_an_estimate_there_are_no_percent),
        cmocka_unit_test(another_phase_begins_anew_but_for_the_seconds),
        cmocka_unit_test(what_was_delivered_while_it_was_read_counts_from_the_start),
        cmocka_unit_test(the_time_left_for_objects_is_from_the_mean_of_all_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
