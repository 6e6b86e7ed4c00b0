#include "age/piece.h"
#include "age_memory.h"

#include <sodium.h>

static const struct age_piece_key key = {.bytes = {1, 2, 3}};
static const unsigned char plain[] = "one row";

/* Seals as the specification says, with the nonce spelled out. */
static void assert_sealed_with(uint64_t index, bool last, const unsigned char nonce[12])
{
    unsigned char expected[sizeof(plain) + AGE_PIECE_TAG_SIZE];
    unsigned char sealed[sizeof(plain) + AGE_PIECE_TAG_SIZE];

    crypto_aead_chacha20poly1305_ietf_encrypt(expected, NULL, plain, sizeof(plain), NULL, 0, NULL,
                                              nonce, key.bytes);
    age_piece_seal(&key, index, last, plain, sizeof(plain), sealed);
    assert_memory_equal(sealed, expected, sizeof(sealed));
}

static void the_nonce_is_the_number_in_big_endian_and_the_mark_of_the_last(void **state)
{
    (void)state;
    assert_sealed_with(0, false, (const unsigned char[12]){0});
    assert_sealed_with(0, true, (const unsigned char[12]){[11] = 1});
    assert_sealed_with(255, false, (const unsigned char[12]){[10] = 255});
    assert_sealed_with(256, false, (const unsigned char[12]){[9] = 1});
    assert_sealed_with(0x0102030405060708, true,
                       (const unsigned char[12]){0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 1});
}

static void a_piece_opens_at_its_own_place_only(void **state)
{
    unsigned char sealed[sizeof(plain) + AGE_PIECE_TAG_SIZE];
    unsigned char opened[sizeof(plain)];

    (void)state;
    age_piece_seal(&key, 256, false, plain, sizeof(plain), sealed);
    assert_true(age_piece_open(&key, 256, false, sealed, sizeof(sealed), opened));
    assert_memory_equal(opened, plain, sizeof(plain));
    assert_true(age_piece_open(&key, 256, false, sealed, sizeof(sealed), NULL));
    assert_false(age_piece_open(&key, 0, false, sealed, sizeof(sealed), opened));
    assert_false(age_piece_open(&key, 257, false, sealed, sizeof(sealed), opened));
    assert_false(age_piece_open(&key, 256, true, sealed, sizeof(sealed), opened));
    assert_false(age_piece_open(&key, 256, false, sealed, sizeof(sealed) - 1, opened));
}

static void nothing_of_a_refused_piece_is_given_out(void **state)
{
    unsigned char sealed[sizeof(plain) + AGE_PIECE_TAG_SIZE];
    unsigned char opened[sizeof(plain)];

    (void)state;
    age_piece_seal(&key, 0, false, plain, sizeof(plain), sealed);
    sealed[sizeof(sealed) - 1] ^= 1;
    memset(opened, 0, sizeof(opened));
    assert_false(age_piece_open(&key, 0, false, sealed, sizeof(sealed), opened));
    assert_memory_not_equal(opened, plain, sizeof(plain));
    for (size_t i = 0; i < sizeof(opened); i++)
        assert_int_equal(opened[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nonce_is_the_number_in_big_endian_and_the_mark_of_the_last),
        cmocka_unit_test(a_piece_opens_at_its_own_place_only),
        cmocka_unit_test(nothing_of_a_refused_piece_is_given_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
