/* How progress looks, as a bar and as a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "flow/meter_text.h"

#define MB 1000000ULL

static const struct meter_name orders = {.schema = "public", .name = "orders"};
static const struct meter_name none = {.schema = "", .name = ""};

static const struct meter_view middle = {
    .counts = {.tables = 12, .rows = 2500000, .raw_bytes = 150 * MB, .bytes = 40 * MB},
    .percent = 41,
    .left_s = 185,
    .seconds = 30,
    .rows_per_s = 12345,
    .raw_bytes_per_s = 85.2e6,
    .bytes_per_s = 21.34e6,
};

static const struct meter_view delivering = {
    .phase = METER_DELIVERING,
    .counts = {.expected = 40 * MB, .done = 16400000, .bytes = 16400000},
    .percent = 41,
    .left_s = 185,
    .seconds = 45,
    .bytes_per_s = 5.25e6,
};

static struct buf text;

static int forget(void **state)
{
    (void)state;
    buf_free(&text);
    return 0;
}

static const char *bar(const struct meter_view *view, const struct meter_name *in_hand, int columns)
{
    buf_free(&text);
    assert_int_equal(meter_text_bar(&text, view, in_hand, columns), 0);
    return buf_text(&text);
}

static const char *line(const struct meter_view *view, const struct meter_name *in_hand)
{
    buf_free(&text);
    assert_int_equal(meter_text_line(&text, view, in_hand), 0);
    return buf_text(&text);
}

static void a_bar_of_80_columns_has_everything(void **state)
{
    (void)state;
    assert_string_equal(
        bar(&middle, &orders, 80),
        " 41%  [===>    ]   12k rows/s  85.2 MB/s in  21.3 out   3m05s left  orders");
}

static void a_wide_one_is_longer_and_has_the_whole_name(void **state)
{
    (void)state;
    assert_string_equal(bar(&middle, &orders, 200),
                        " 41%  [========>           ]   12k rows/s  85.2 MB/s in  21.3 out   "
                        "3m05s left  public.orders");
}

static void a_narrow_one_leaves_out_what_matters_least(void **state)
{
    (void)state;
    assert_string_equal(bar(&middle, &orders, 60),
                        " 41%  [===>    ]  85.2 MB/s in   3m05s left  public.orders");
    assert_string_equal(bar(&middle, &orders, 40), " 41%  [===>    ]   3m05s left");
    assert_string_equal(bar(&middle, &orders, 20), " 41%   3m05s left");
    assert_string_equal(bar(&middle, &orders, 5), " 41%");
    assert_string_equal(bar(&middle, &orders, 4), "");
}

static void while_it_is_delivered_the_bar_says_so(void **state)
{
    (void)state;
    assert_string_equal(bar(&delivering, &none, 80),
                        " 41%  [===>    ]  delivering  5.25 MB/s   3m05s left");
    assert_string_equal(bar(&delivering, &none, 45), " 41%  [===>    ]  delivering   3m05s left");
    assert_string_equal(bar(&delivering, &none, 20), " 41%  delivering");
}

static void nothing_moves_when_there_is_no_table(void **state)
{
    (void)state;
    for (int columns = 1; columns <= 250; columns++) {
        char with[500];

        snprintf(with, sizeof(with), "%s", bar(&middle, &orders, columns));
        bar(&middle, &none, columns);
        assert_memory_equal(with, buf_text(&text), text.len);
    }
}

static void no_bar_reaches_the_last_column(void **state)
{
    const struct meter_name table = {
        .schema = "a_schema",
        .name = "a_table_with_a_name_that_is_as_long_as_a_name_may_be_on_a_server"};

    (void)state;
    for (int columns = 1; columns <= 250; columns++) {
        bar(&middle, &table, columns);
        assert_true((int)text.len < columns);
    }
}

static void the_bar_fills_and_is_never_full(void **state)
{
    static const struct {
        int percent;
        const char *expected;
    } steps[] = {{-1, " --%  [        ] "},
                 {0, "  0%  [        ] "},
                 {1, "  1%  [>       ] "},
                 {50, " 50%  [====>   ] "},
                 {99, " 99%  [=======>] "}};
    struct meter_view view = middle;

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        view.percent = steps[i].percent;
        bar(&view, &none, 80);
        assert_memory_equal(buf_text(&text), steps[i].expected, strlen(steps[i].expected));
    }
}

static void a_name_that_is_cut_ends_at_a_characters_edge(void **state)
{
    const struct meter_name table = {.schema = "",
                                     .name = "n\xc3\xa4"
                                             "\xe6\xb3\xa8\xf0\x9f\x90\x98n\xc3\xa4"
                                             "\xe6\xb3\xa8\xf0\x9f\x90\x98"};

    (void)state;
    for (int columns = 75; columns <= 90; columns++) {
        uint32_t point;

        bar(&middle, &table, columns);
        for (size_t at = 0; at < text.len;) {
            size_t len = utf8_decode(text.data + at, &point);

            assert_true(len > 0);
            at += len;
        }
    }
    assert_non_null(strstr(bar(&middle, &table, 80),
                           "  n\xc3\xa4\xe6\xb3\xa8\xf0\x9f\x90\x98n\xc3\xa4\xe6\xb3\xa8~"));
    assert_non_null(
        strstr(bar(&middle, &table, 200),
               "  n\xc3\xa4\xe6\xb3\xa8\xf0\x9f\x90\x98n\xc3\xa4\xe6\xb3\xa8\xf0\x9f\x90\x98"));
}

static void no_control_character_of_a_name_reaches_the_terminal(void **state)
{
    /* C0, DEL, C1, the separators and directions of Unicode, and bytes that are no UTF-8. */
    const struct meter_name table = {.schema = "s\x1b[2J",
                                     .name = "a\nb\x7f"
                                             "c\xc2\x9b"
                                             "d\xe2\x80\xa8"
                                             "e\xe2\x80\xae"
                                             "f\xe2\x81\xa7g\x9bh\xff"};

    (void)state;
    assert_non_null(strstr(bar(&middle, &table, 200), "  s?[2J.a?b?c?d?e?f?g?h?"));
}

static void assert_speeds(double rows, double bytes, const char *expected)
{
    struct meter_view view = middle;

    view.rows_per_s = rows;
    view.raw_bytes_per_s = view.bytes_per_s = bytes;
    assert_non_null(strstr(bar(&view, &none, 80), expected));
}

static void speeds_have_the_same_width_however_large(void **state)
{
    (void)state;
    assert_speeds(0, 0, "]     0 rows/s  0.00 MB/s in  0.00 out ");
    assert_speeds(999.4, 9.994e6, "]   999 rows/s  9.99 MB/s in  9.99 out ");
    assert_speeds(999.6, 9.996e6, "]  1.0k rows/s  10.0 MB/s in  10.0 out ");
    assert_speeds(9940, 99.94e6, "]  9.9k rows/s  99.9 MB/s in  99.9 out ");
    assert_speeds(9960, 99.96e6, "]   10k rows/s   100 MB/s in   100 out ");
    assert_speeds(999400, 9999e6, "]  999k rows/s  9999 MB/s in  9999 out ");
    assert_speeds(2.5e6, 1e6, "]  2.5M rows/s  1.00 MB/s in  1.00 out ");
    assert_speeds(2.5e9, 1e6, "]  2.5G rows/s  1.00 MB/s in  1.00 out ");
}

static void assert_left(int64_t seconds, const char *expected)
{
    struct meter_view view = middle;

    view.left_s = seconds;
    assert_non_null(strstr(bar(&view, &none, 80), expected));
}

static void the_time_left_has_two_units_at_most(void **state)
{
    (void)state;
    assert_left(-1, "out      -- left");
    assert_left(0, "out      0s left");
    assert_left(59, "out     59s left");
    assert_left(60, "out   1m00s left");
    assert_left(3599, "out  59m59s left");
    assert_left(3600, "out   1h00m left");
    assert_left(86399, "out  23h59m left");
    assert_left(86400, "out   1d00h left");
    assert_left(8639999, "out  99d23h left");
}

static void a_line_has_all_that_is_known(void **state)
{
    const struct meter_name odd = {.schema = "my app", .name = "a\nb"};
    struct meter_view view = middle;

    (void)state;
    assert_string_equal(line(&middle, &orders),
                        "percent=41 tables=12 rows=2500000 raw_bytes=150000000 bytes=40000000 "
                        "seconds=30 rows_per_s=12345 raw_mb_per_s=85.2 mb_per_s=21.3 left_s=185 "
                        "table=public.orders");
    view.percent = -1;
    view.left_s = -1;
    assert_string_equal(line(&view, &none),
                        "tables=12 rows=2500000 raw_bytes=150000000 bytes=40000000 seconds=30 "
                        "rows_per_s=12345 raw_mb_per_s=85.2 mb_per_s=21.3");
    assert_non_null(strstr(line(&view, &odd), " table=\"my app.a?b\""));
}

static void while_it_is_delivered_a_line_has_what_the_targets_have(void **state)
{
    struct meter_view view = delivering;

    (void)state;
    assert_string_equal(line(&view, &none),
                        "phase=delivering percent=41 delivered_bytes=16400000 bytes=40000000 "
                        "seconds=45 mb_per_s=5.25 left_s=185");
    view.left_s = -1;
    assert_null(strstr(line(&view, &none), "left_s"));
}

static void a_restore_that_checks_tells_of_the_drops_bytes(void **state)
{
    struct meter_view view = delivering;

    (void)state;
    view.phase = METER_CHECKING;
    assert_string_equal(bar(&view, &none, 80),
                        " 41%  [===>    ]  checking  5.25 MB/s   3m05s left");
    assert_string_equal(line(&view, &none), "phase=checking percent=41 bytes=16400000 seconds=45 "
                                            "mb_per_s=5.25 left_s=185");
}

static void a_restore_that_drops_tells_just_that(void **state)
{
    const struct meter_view view = {
        .phase = METER_DROPPING, .percent = -1, .left_s = -1, .seconds = 20};

    (void)state;
    assert_string_equal(bar(&view, &none, 80), " --%  [        ]  dropping");
    assert_string_equal(line(&view, &none), "phase=dropping seconds=20");
}

static void a_restore_that_loads_rows_tells_of_rows_and_their_text(void **state)
{
    struct meter_view view = middle;

    (void)state;
    view.phase = METER_ROWS;
    assert_string_equal(
        bar(&view, &orders, 80),
        " 41%  [===>    ]  rows   12k rows/s  85.2 MB/s   3m05s left  public.orders");
    assert_string_equal(bar(&view, &orders, 60),
                        " 41%  [===>    ]  rows  85.2 MB/s   3m05s left  orders");
    assert_string_equal(bar(&view, &orders, 20), " 41%  rows");
    assert_string_equal(line(&view, &orders),
                        "phase=rows percent=41 tables=12 rows=2500000 raw_bytes=150000000 "
                        "bytes=40000000 seconds=30 rows_per_s=12345 raw_mb_per_s=85.2 "
                        "mb_per_s=21.3 left_s=185 table=public.orders");
    view.percent = -1;
    view.left_s = -1;
    assert_string_equal(
        bar(&view, &orders, 80),
        " --%  [        ]  rows   12k rows/s  85.2 MB/s      -- left  public.orders");
    assert_string_equal(line(&view, &none), "phase=rows tables=12 rows=2500000 raw_bytes=150000000 "
                                            "bytes=40000000 seconds=30 rows_per_s=12345 "
                                            "raw_mb_per_s=85.2 mb_per_s=21.3");
}

static const struct meter_view indexes = {
    .phase = METER_INDEXES,
    .counts = {.expected = 30, .done = 12},
    .percent = 40,
    .left_s = 75,
    .seconds = 50,
};

static void a_restore_of_objects_tells_how_many_there_are(void **state)
{
    const struct meter_name key = {.schema = "public", .name = "orders_pkey"};
    struct meter_view view = indexes;

    (void)state;
    assert_string_equal(bar(&view, &key, 80),
                        " 40%  [===>    ]  indexes  12 of 30   1m15s left  public.orders_pkey");
    assert_string_equal(bar(&view, &key, 55), " 40%  [===>    ]  indexes  12 of 30   1m15s left");
    assert_string_equal(bar(&view, &key, 40), " 40%  [===>    ]  indexes   1m15s left");
    assert_string_equal(line(&view, &key), "phase=indexes percent=40 items=12 of=30 seconds=50 "
                                           "left_s=75 object=public.orders_pkey");
    view.phase = METER_SCHEMA;
    assert_string_equal(bar(&view, &none, 80), " 40%  [===>    ]  schema  12 of 30   1m15s left");
    assert_string_equal(line(&view, &none),
                        "phase=schema percent=40 items=12 of=30 seconds=50 left_s=75");
}

static void
where_it_is_not_known_how_many_objects_there_are_it_tells_how_many_are_done(void **state)
{
    struct meter_view view = indexes;

    (void)state;
    view.counts.expected = 0;
    view.percent = -1;
    view.left_s = -1;
    assert_string_equal(bar(&view, &none, 80), " --%  [        ]  indexes  12 done      -- left");
    assert_string_equal(line(&view, &none), "phase=indexes items=12 seconds=50");
}

static void a_count_of_objects_has_the_same_width_from_the_first_one_on(void **state)
{
    struct meter_view view = indexes;

    (void)state;
    view.counts.expected = 1234;
    assert_non_null(strstr(bar(&view, &none, 80), "]  indexes    12 of 1234   1m15s left"));
    view.counts.done = 1234;
    assert_non_null(strstr(bar(&view, &none, 80), "]  indexes  1234 of 1234   1m15s left"));
}

#define TEXT(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT(a_bar_of_80_columns_has_everything),
        TEXT(a_wide_one_is_longer_and_has_the_whole_name),
        TEXT(a_narrow_one_leaves_out_what_matters_least),
        TEXT(while_it_is_delivered_the_bar_says_so),
        TEXT(nothing_moves_when_there_is_no_table),
        TEXT(no_bar_reaches_the_last_column),
        TEXT(the_bar_fills_and_is_never_full),
        TEXT(a_name_that_is_cut_ends_at_a_characters_edge),
        TEXT(no_control_character_of_a_name_reaches_the_terminal),
        TEXT(speeds_have_the_same_width_however_large),
        TEXT(the_time_left_has_two_units_at_most),
        TEXT(a_line_has_all_that_is_known),
        TEXT(while_it_is_delivered_a_line_has_what_the_targets_have),
        TEXT(a_restore_that_checks_tells_of_the_drops_bytes),
        TEXT(a_restore_that_drops_tells_just_that),
        TEXT(a_restore_that_loads_rows_tells_of_rows_and_their_text),
        TEXT(a_restore_of_objects_tells_how_many_there_are),
        TEXT(where_it_is_not_known_how_many_objects_there_are_it_tells_how_many_are_done),
        TEXT(a_count_of_objects_has_the_same_width_from_the_first_one_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
