#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void an_empty_buffer_is_an_empty_string(void **state)
{
    struct buf b = {0};
    char *taken;

    (void)state;
    assert_string_equal(buf_text(&b), "");
    taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
    buf_free(&b);
    buf_wipe(&b);
}

static void what_is_added_stands_one_behind_the_other(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_int_equal(buf_add(&b, "ab\0c", 4), 0);
    assert_int_equal(buf_add_text(&b, "de"), 0);
    assert_int_equal(buf_printf(&b, "%d%s", 7, "f"), 0);
    assert_int_equal(buf_add(&b, NULL, 0), 0);
    assert_int_equal(b.len, 8);
    assert_memory_equal(b.data, "ab\0cde7f", 9);
    buf_free(&b);
    assert_null(b.data);
}

static void it_grows_across_every_size_and_always_ends_in_a_nul(void **state)
{
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);

        assert_int_equal(buf_add(&b, &c, 1), 0);
        assert_int_equal(strlen(b.data), i + 1);
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    buf_free(&b);
}

static void a_formatted_text_that_just_fits_and_one_more_are_whole(void **state)
{
    (void)state;
    for (int len = 250; len < 260; len++) {
        struct buf b = {0};

        assert_int_equal(buf_printf(&b, "%*d", len, 1), 0);
        assert_int_equal(strlen(b.data), len);
        assert_int_equal(b.data[len - 1], '1');
        buf_free(&b);
    }
}

static void what_was_taken_is_the_callers(void **state)
{
    struct buf b = {0};
    char *taken;

    (void)state;
    assert_int_equal(buf_add_text(&b, "mine"), 0);
    taken = buf_take(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(buf_add_text(&b, "other"), 0);
    assert_string_equal(taken, "mine");
    free(taken);
    buf_free(&b);
}

static void what_a_terminal_would_obey_is_made_visible(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_int_equal(buf_add_visible(&b, "a\x1b[2J\n\x7f \xc3\xa9\xc2\x9b\xc2\xa0z\xc2"), 0);
    assert_string_equal(b.data, "a\\x1b[2J\\x0a\\x7f \xc3\xa9\\xc2\\x9b\xc2\xa0z\xc2");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_an_empty_string),
        cmocka_unit_test(what_is_added_stands_one_behind_the_other),
        cmocka_unit_test(it_grows_across_every_size_and_always_ends_in_a_nul),
        cmocka_unit_test(a_formatted_text_that_just_fits_and_one_more_are_whole),
        cmocka_unit_test(what_was_taken_is_the_callers),
        cmocka_unit_test(what_a_terminal_would_obey_is_made_visible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
