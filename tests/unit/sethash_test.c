#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "archive/sethash.h"

/* The key and the message of SipHash's published vectors: 00 01 02 ... */
static unsigned char counting[64];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(counting); i++)
        counting[i] = (unsigned char)i;
    return 0;
}

static struct sethash of_row(const char *row)
{
    struct sethash set = {0};

    sethash_add(&set, counting, row, strlen(row));
    return set;
}

static void assert_same(const struct sethash *a, const struct sethash *b)
{
    assert_int_equal(a->low, b->low);
    assert_int_equal(a->high, b->high);
}

static void assert_differ(const struct sethash *a, const struct sethash *b)
{
    assert_true(a->low != b->low || a->high != b->high);
}

static void one_row_has_the_published_hash_of_siphash(void **state)
{
    static const unsigned char of_15[SETHASH_SIZE] = {0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0,
                                                      0xa8, 0x11, 0x7e, 0x08, 0xec, 0x0f,
                                                      0x97, 0xcf, 0xc3, 0xd9};
    unsigned char bytes[SETHASH_SIZE];
    struct sethash set = {0};

    (void)state;
    sethash_add(&set, counting, counting, 15);
    sethash_store(&set, bytes);
    assert_memory_equal(bytes, of_15, sizeof(bytes));
}

static void an_empty_row_is_a_row(void **state)
{
    static const unsigned char of_0[SETHASH_SIZE] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25,
                                                     0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14,
                                                     0xc7, 0x55, 0x02, 0x93};
    unsigned char bytes[SETHASH_SIZE];
    struct sethash set = of_row("");

    (void)state;
    sethash_store(&set, bytes);
    assert_memory_equal(bytes, of_0, sizeof(bytes));
}

static void the_order_of_rows_and_the_way_they_are_joined_make_no_difference(void **state)
{
    static const char *const rows[] = {"1\tone", "2\ttwo", "3\t\\N"};
    struct sethash forth = {0}, back = {0}, joined = of_row(rows[2]), others = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        sethash_add(&forth, counting, rows[i], strlen(rows[i]));
        sethash_add(&back, counting, rows[2 - i], strlen(rows[2 - i]));
    }
    sethash_add(&others, counting, rows[1], strlen(rows[1]));
    sethash_add(&others, counting, rows[0], strlen(rows[0]));
    sethash_join(&joined, &others);
    assert_same(&forth, &back);
    assert_same(&forth, &joined);
}

static void one_row_once_and_twice_and_under_another_key_differ(void **state)
{
    struct sethash once = of_row("1\tone"), twice = once, other = {0}, none = {0};

    (void)state;
    sethash_join(&twice, &once);
    sethash_add(&other, counting + 1, "1\tone", strlen("1\tone"));
    assert_differ(&once, &twice);
    assert_differ(&once, &other);
    assert_differ(&once, &none);
}

static void a_sum_carries_from_the_low_half_to_the_high_one_and_wraps_there(void **state)
{
    struct sethash set = {.low = UINT64_MAX, .high = 6};
    const struct sethash one = {.low = 1}, all = {.low = UINT64_MAX, .high = UINT64_MAX};

    (void)state;
    sethash_join(&set, &one);
    assert_int_equal(set.low, 0);
    assert_int_equal(set.high, 7);
    sethash_join(&set, &all);
    assert_int_equal(set.low, UINT64_MAX);
    assert_int_equal(set.high, 6);
    sethash_join(&set, &all);
    assert_int_equal(set.low, UINT64_MAX - 1);
    assert_int_equal(set.high, 6);
}

static void a_stored_hash_is_little_endian_and_loads_again(void **state)
{
    const struct sethash set = {.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};
    unsigned char bytes[SETHASH_SIZE];
    struct sethash again;

    (void)state;
    sethash_store(&set, bytes);
    assert_memory_equal(bytes, counting, sizeof(bytes));
    sethash_load(&again, bytes);
    assert_same(&again, &set);
}

static void a_row_in_parts_has_the_hash_of_the_whole(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 40; len++)
        for (size_t a = 0; a <= len; a++)
            for (size_t b = a; b <= len; b++) {
                struct sethash whole = {.low = 9}, parts = {.low = 9};
                struct sethash_row row;

                sethash_add(&whole, counting, counting, len);
                sethash_row_begin(&row, counting);
                sethash_row_put(&row, counting, a);
                sethash_row_put(&row, counting + a, b - a);
                sethash_row_put(&row, counting + b, len - b);
                sethash_row_end(&row, &parts);
                assert_same(&whole, &parts);
            }
}

static void a_long_row_in_parts_has_the_hash_of_the_whole(void **state)
{
    static unsigned char bytes[1000 * 1000];
    struct sethash whole = {0}, parts = {0};
    struct sethash_row row;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 31 + i / 256);
    sethash_add(&whole, counting, bytes, sizeof(bytes));
    sethash_row_begin(&row, counting);
    for (size_t at = 0; at < sizeof(bytes); at += 1000)
        sethash_row_put(&row, bytes + at, 1000);
    sethash_row_end(&row, &parts);
    assert_same(&whole, &parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_row_has_the_published_hash_of_siphash),
        cmocka_unit_test(an_empty_row_is_a_row),
        cmocka_unit_test(the_order_of_rows_and_the_way_they_are_joined_make_no_difference),
        cmocka_unit_test(a_row_in_parts_has_the_hash_of_the_whole),
        cmocka_unit_test(a_long_row_in_parts_has_the_hash_of_the_whole),
        cmocka_unit_test(one_row_once_and_twice_and_under_another_key_differ),
        cmocka_unit_test(a_sum_carries_from_the_low_half_to_the_high_one_and_wraps_there),
        cmocka_unit_test(a_stored_hash_is_little_endian_and_loads_again),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
