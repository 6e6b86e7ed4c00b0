#include "age/bech32.h"

#include "base/error.h"

#include <ctype.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CHECKSUM_LEN 6

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* Takes the next value of five bits into the checksum (BIP 173 calls it polymod). */
static uint32_t checksum_add(uint32_t sum, uint32_t value)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;

    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++) {
        if (top >> i & 1)
            sum ^= generator[i];
    }
    return sum;
}

static uint32_t checksum_of_hrp(const char *hrp)
{
    uint32_t sum = 1;

    for (const char *c = hrp; *c != '\0'; c++)
        sum = checksum_add(sum, (uint32_t)tolower((unsigned char)*c) >> 5);
    sum = checksum_add(sum, 0);
    for (const char *c = hrp; *c != '\0'; c++)
        sum = checksum_add(sum, (uint32_t)tolower((unsigned char)*c) & 31);
    return sum;
}

static bool has_any(const char *text, int (*is_of_class)(int))
{
    for (; *text != '\0'; text++) {
        if (is_of_class((unsigned char)*text))
            return true;
    }
    return false;
}

static char *put_value(char *out, uint32_t value, uint32_t *sum)
{
    *sum = checksum_add(*sum, value);
    *out = alphabet[value];
    return out + 1;
}

void bech32_encode(char *text, const char *hrp, const unsigned char *data, size_t data_len)
{
    uint32_t sum = checksum_of_hrp(hrp);
    uint32_t bits = 0;
    int bit_count = 0;
    char *out = text;

    for (const char *c = hrp; *c != '\0'; c++)
        *out++ = *c;
    *out++ = '1';
    for (size_t i = 0; i < data_len; i++) {
        bits = bits << 8 | data[i];
        for (bit_count += 8; bit_count >= 5; bit_count -= 5)
            out = put_value(out, bits >> (bit_count - 5) & 31, &sum);
    }
    if (bit_count > 0)
        out = put_value(out, bits << (5 - bit_count) & 31, &sum);

    for (int i = 0; i < CHECKSUM_LEN; i++)
        sum = checksum_add(sum, 0);
    sum ^= 1;
    for (int i = CHECKSUM_LEN - 1; i >= 0; i--)
        *out++ = alphabet[sum >> 5 * i & 31];
    *out = '\0';

    if (has_any(hrp, isupper)) {
        for (char *c = text; *c != '\0'; c++)
            *c = (char)toupper((unsigned char)*c);
    }
}

/* Reads the part behind the "1": values of five bits, the last six of them the checksum. */
static int decode_values(const char *values, uint32_t sum, unsigned char *data, size_t data_size,
                         size_t *data_len)
{
    size_t count = strlen(values);
    uint32_t bits = 0;
    int bit_count = 0;

    if (count < CHECKSUM_LEN)
        return error_set("it is too short");
    *data_len = 0;
    for (size_t i = 0; i < count; i++) {
        const char *found = strchr(alphabet, tolower((unsigned char)values[i]));

        if (found == NULL)
            return error_set("a character in it is not of those that bech32 uses");
        sum = checksum_add(sum, (uint32_t)(found - alphabet));
        if (i >= count - CHECKSUM_LEN)
            continue;
        bits = bits << 5 | (uint32_t)(found - alphabet);
        bit_count += 5;
        if (bit_count < 8)
            continue;
        bit_count -= 8;
        if (*data_len == data_size)
            return error_set("it is too long");
        data[(*data_len)++] = (unsigned char)(bits >> bit_count);
    }
    if (sum != 1)
        return error_set("its checksum is wrong: it was mistyped or is not whole");
    if (bit_count >= 5 || (bits & ((1U << bit_count) - 1)) != 0)
        return error_set("bits are set behind its end");
    return 0;
}

int bech32_decode(const char *text, const char *hrp, unsigned char *data, size_t data_size,
                  size_t *data_len)
{
    const char *separator = strrchr(text, '1');
    size_t hrp_len = strlen(hrp);

    if (has_any(text, isupper) && has_any(text, islower))
        return error_set("it mixes capitals and small letters");
    if (separator == NULL || (size_t)(separator - text) != hrp_len ||
        memcmp(text, hrp, hrp_len) != 0)
        return error_set("it does not consist of \"%s1\" and bech32 characters", hrp);
    if (decode_values(separator + 1, checksum_of_hrp(hrp), data, data_size, data_len) < 0) {
        sodium_memzero(data, data_size);
        return -1;
    }
    return 0;
}
