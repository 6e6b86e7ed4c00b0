#include "archive/sethash.h"

#include <sodium.h>

_Static_assert(SETHASH_KEY_SIZE == crypto_shorthash_siphashx24_KEYBYTES, "the key of SipHash");
_Static_assert(SETHASH_SIZE == crypto_shorthash_siphashx24_BYTES, "the hash of SipHash");

static uint64_t load_le64(const unsigned char bytes[8])
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
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
