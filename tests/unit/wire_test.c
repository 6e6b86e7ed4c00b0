#include "archive_memory.h"

#include <limits.h>

static struct wire_to_memory made;
static struct wire_in in;

static int start(void **state)
{
    (void)state;
    wire_to_memory_init(&made);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    free(made.to.data);
    return 0;
}

/* Lets what was put be read, a few bytes at a time. */
static void read_back(void)
{
    assert_int_equal(wire_flush(&made.out), 0);
    made.to.step = 3;
    wire_in_init(&in, memory_reader(&made.to));
}

static void an_integer_is_a_sign_and_its_magnitude_in_little_endian(void **state)
{
    static const unsigned char expected[] = {0, 0x34, 0x12, 0, 0, 1, 2, 0, 0, 0};

    (void)state;
    wire_put_int(&made.out, 0x1234);
    wire_put_int(&made.out, -2);
    read_back();
    assert_int_equal(made.to.len, sizeof(expected));
    assert_memory_equal(made.to.data, expected, sizeof(expected));
}

static void integers_come_back_as_they_were(void **state)
{
    static const int values[] = {0, 1, -1, 255, 256, INT_MAX, INT_MIN, INT_MIN + 1};

    (void)state;
    for (size_t i = 0; i < 8; i++)
        wire_put_int(&made.out, values[i]);
    read_back();
    for (size_t i = 0; i < 8; i++) {
        int value;

        assert_int_equal(wire_get_int(&in, &value), 0);
        assert_int_equal(value, values[i]);
    }
}

static void an_oid_above_two_to_the_31_keeps_its_bits(void **state)
{
    /* pg_dump's own bytes for 4294967295 and 2147483648, as its WriteInt() makes them. */
    static const unsigned char bytes[] = {1, 1, 0, 0, 0, 1, 0, 0, 0, 0x80};
    int value;

    (void)state;
    wire_put_bytes(&made.out, bytes, sizeof(bytes));
    read_back();
    assert_int_equal(wire_get_int(&in, &value), 0);
    assert_true((unsigned)value == 4294967295U);
    assert_int_equal(wire_get_int(&in, &value), 0);
    assert_true((unsigned)value == 2147483648U);
}

static void null_and_empty_strings_are_told_apart(void **state)
{
    char *text;

    (void)state;
    wire_put_string(&made.out, NULL);
    wire_put_string(&made.out, "");
    wire_put_string(&made.out, "text");
    read_back();
    assert_int_equal(wire_get_string(&in, &text), 0);
    assert_null(text);
    assert_int_equal(wire_get_string(&in, &text), 0);
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(wire_get_string(&in, &text), 0);
    assert_string_equal(text, "text");
    free(text);
    assert_int_equal(wire_at_end(&in), 1);
}

static void a_string_longer_than_the_buffers_comes_back_whole(void **state)
{
    size_t len = 5 * WIRE_BUFFER + 17;
    char *text = malloc(len + 1), *back;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i % 23);
    text[len] = '\0';
    wire_put_string(&made.out, text);
    wire_put_byte(&made.out, 7);
    assert_int_equal(made.out.pos, len + 6);
    read_back();
    made.to.step = 0;
    assert_int_equal(wire_get_string(&in, &back), 0);
    assert_string_equal(back, text);
    assert_int_equal(in.pos, len + 5);
    free(back);
    free(text);
}

static void a_string_that_claims_more_than_there_is_is_an_error(void **state)
{
    char *text;

    (void)state;
    wire_put_int(&made.out, INT_MAX);
    wire_put_bytes(&made.out, "abc", 3);
    read_back();
    assert_int_equal(wire_get_string(&in, &text), -1);
    assert_null(text);
    assert_error_has("the archive ends in the middle, at byte 8");
}

static void an_offset_keeps_its_state_and_all_its_bytes(void **state)
{
    enum wire_offset_state offset_state;
    uint64_t offset;

    (void)state;
    wire_put_offset(&made.out, WIRE_OFFSET_SET, 0x0102030405060708U);
    read_back();
    assert_int_equal(made.to.data[1], 8);
    assert_int_equal(wire_get_offset(&in, &offset_state, &offset), 0);
    assert_int_equal(offset_state, WIRE_OFFSET_SET);
    assert_true(offset == 0x0102030405060708U);
}

static void an_unknown_offset_state_is_an_error(void **state)
{
    static const unsigned char states[] = {0, 4, 255};
    enum wire_offset_state offset_state;
    uint64_t offset;

    (void)state;
    for (size_t i = 0; i < sizeof(states); i++) {
        unsigned char raw[9] = {states[i]};
        struct memory m = {.data = raw, .len = sizeof(raw)};

        wire_in_init(&in, memory_reader(&m));
        assert_int_equal(wire_get_offset(&in, &offset_state, &offset), -1);
        assert_error_has("data offset state");
    }
}

static int refuse(void *self, const void *buf, size_t len)
{
    (void)self;
    (void)buf;
    (void)len;
    return error_set("the disk is full");
}

static void what_the_target_refuses_is_an_error(void **state)
{
    static const char big[WIRE_BUFFER];

    (void)state;
    wire_out_init(&made.out, (struct writer){.write = refuse});
    assert_int_equal(wire_put_int(&made.out, 1), 0);
    assert_int_equal(wire_flush(&made.out), -1);
    assert_string_equal(error_text(), "the disk is full");
    assert_int_equal(wire_put_bytes(&made.out, big, sizeof(big)), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_integer_is_a_sign_and_its_magnitude_in_little_endian,
                                        start, finish),
        cmocka_unit_test_setup_teardown(integers_come_back_as_they_were, start, finish),
        cmocka_unit_test_setup_teardown(an_oid_above_two_to_the_31_keeps_its_bits, start, finish),
        cmocka_unit_test_setup_teardown(null_and_empty_strings_are_told_apart, start, finish),
        cmocka_unit_test_setup_teardown(a_string_longer_than_the_buffers_comes_back_whole, start,
                                        finish),
        cmocka_unit_test_setup_teardown(a_string_that_claims_more_than_there_is_is_an_error, start,
                                        finish),
        cmocka_unit_test_setup_teardown(an_offset_keeps_its_state_and_all_its_bytes, start, finish),
        cmocka_unit_test_setup_teardown(an_unknown_offset_state_is_an_error, start, finish),
        cmocka_unit_test_setup_teardown(what_the_target_refuses_is_an_error, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
