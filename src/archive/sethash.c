#include "archive/sethash.h"

#include <sodium.h>

_Static_assert(SETHASH_KEY_SIZE == crypto_shorthash_siphashx24_KEYBYTES, "the key of SipHash");
_Static_assert(SETHASH_SIZE == crypto_shorthash_siphashx24_BYTES, "the hash of SipHash");

static uint64_t load_le64(const unsigned char bytes[8])
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

static void store_le64(uint64_t value, unsigned char bytes[8])
{
    for (int i = 0; i < 8; i++, value >>= 8)
        bytes[i] = (unsigned char)value;
}

void sethash_add(struct sethash *set, const unsigned char key[SETHASH_KEY_SIZE], const void *row,
                 size_t len)
{
    unsigned char hash[SETHASH_SIZE];
    struct sethash one;

    crypto_shorthash_siphashx24(hash, row, len, key);
    sethash_load(&one, hash);
    sethash_join(set, &one);
}

void sethash_join(struct sethash *set, const struct sethash *other)
{
    set->low += other->low;
    set->high += other->high + (set->low < other->low);
}

bool sethash_equal(const struct sethash *a, const struct sethash *b)
{
    return a->low == b->low && a->high == b->high;
}

void sethash_store(const struct sethash *set, unsigned char bytes[SETHASH_SIZE])
{
    store_le64(set->low, bytes);
    store_le64(set->high, bytes + 8);
}

void sethash_load(struct sethash *set, const unsigned char bytes[SETHASH_SIZE])
{
    set->low = load_le64(bytes);
    set->high = load_le64(bytes + 8);
}

/* SipHash-2-4 with 128 bits (https://github.com/veorq/SipHash): libsodium has it for whole messages
 * only. */

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static void take_word(struct sethash_row *row, uint64_t word)
{
    row->v[3] ^= word;
    mix(row->v, 2);
    row->v[0] ^= word;
}

void sethash_row_begin(struct sethash_row *row, const unsigned char key[SETHASH_KEY_SIZE])
{
    uint64_t k0 = load_le64(key), k1 = load_le64(key + 8);

    *row = (struct sethash_row){.v = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
                                      k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}};
}

static void put_byte(struct sethash_row *row, unsigned char byte)
{
    row->word |= (uint64_t)byte << 8 * (row->len++ % 8);
    if (row->len % 8 == 0) {
        take_word(row, row->word);
        row->word = 0;
    }
}

void sethash_row_put(struct sethash_row *row, const void *part, size_t len)
{
    const unsigned char *at = part, *end = at + len;

    while (at < end && row->len % 8 != 0)
        put_byte(row, *at++);
    for (; end - at >= 8; at += 8, row->len += 8)
        take_word(row, load_le64(at));
    while (at < end)
        put_byte(row, *at++);
}

void sethash_row_end(struct sethash_row *row, struct sethash *set)
{
    uint64_t *v = row->v;
    struct sethash one;

    take_word(row, row->word | row->len << 56);
    v[2] ^= 0xee;
    mix(v, 4);
    one.low = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    mix(v, 4);
    one.high = v[0] ^ v[1] ^ v[2] ^ v[3];
    sethash_join(set, &one);
}
