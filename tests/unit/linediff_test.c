/* Which lines only one of two definitions has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "archive/linediff.h"

static void assert_diff(const char *drop, const char *database, const char *expected)
{
    struct buf b = {0};

    assert_int_equal(linediff_add(&b, drop, database, NULL), 0);
    assert_string_equal(buf_text(&b), expected);
    buf_free(&b);
}

static void equal_texts_have_none(void **state)
{
    (void)state;
    assert_diff("a\nb", "a\nb", "");
    assert_diff(NULL, NULL, "");
    assert_diff(NULL, "", "");
}

static void lines_of_one_text_are_told(void **state)
{
    (void)state;
    assert_diff("CREATE TABLE t (\n    a int,\n    b int\n);", "CREATE TABLE t (\n    a int\n);",
                "drop: b int\n");
    assert_diff("a\nb\nc", "c\nx\na", "drop: b\ndatabase: x\n");
    assert_diff(NULL, "a", "database: a\n");
}

static void a_line_counts_as_often_as_it_is_there(void **state)
{
    (void)state;
    assert_diff("a\na\nb", "a\nb\nb", "drop: a\ndatabase: b\n");
}

static void another_order_is_told_as_such(void **state)
{
    (void)state;
    assert_diff("a\nb", "b\na", "the same lines but for blanks, or in another order\n");
}

static void control_characters_are_made_visible(void **state)
{
    (void)state;
    assert_diff("a\x1b[31m", "", "drop: a\\x1b[31m\n");
}

static void many_lines_are_cut_short(void **state)
{
    const char *last = "drop: 10\ndrop: and 2 more lines\n";
    struct buf b = {0};

    (void)state;
    assert_int_equal(linediff_add(&b, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12", NULL, NULL), 0);
    assert_string_equal(b.data + b.len - strlen(last), last);
    buf_free(&b);
}

static bool is_b(const char *line, size_t len)
{
    return len == 1 && *line == 'b';
}

static void lines_may_be_left_out(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_int_equal(linediff_add(&b, "a\nb", "a\nc", is_b), 0);
    assert_string_equal(buf_text(&b), "database: c\n");
    b.len = 0;
    assert_int_equal(linediff_add(&b, "a\nb", "a", is_b), 0);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void too_many_lines_are_not_looked_at_one_by_one(void **state)
{
    char text[2 * LINEDIFF_MOST_LINES + 3];
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "x\n", 2);
    text[sizeof(text) - 1] = '\0';
    assert_diff(text, "y", "many lines, which are not the same\n");
    assert_int_equal(linediff_add(&b, text, "y", is_b), 0);
    assert_int_equal(b.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_have_none),
        cmocka_unit_test(lines_of_one_text_are_told),
        cmocka_unit_test(a_line_counts_as_often_as_it_is_there),
        cmocka_unit_test(another_order_is_told_as_such),
        cmocka_unit_test(control_characters_are_made_visible),
        cmocka_unit_test(many_lines_are_cut_short),
        cmocka_unit_test(lines_may_be_left_out),
        cmocka_unit_test(too_many_lines_are_not_looked_at_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
