#include "age/hkdf.h"

#include <sodium.h>
#include <string.h>

_Static_assert(HKDF_SIZE == crypto_auth_hmacsha256_BYTES, "one block of output is one HMAC");

void hkdf_sha256(unsigned char out[HKDF_SIZE], const unsigned char *key, size_t key_len,
                 const unsigned char *salt, size_t salt_len, const char *info)
{
    static const unsigned char no_salt[HKDF_SIZE];
    static const unsigned char first_block = 1;
    crypto_auth_hmacsha256_state state;
    unsigned char extracted[HKDF_SIZE];

    if (salt == NULL) {
        salt = no_salt;
        salt_len = sizeof(no_salt);
    }
    crypto_auth_hmacsha256_init(&state, salt, salt_len);
    crypto_auth_hmacsha256_update(&state, key, key_len);
    crypto_auth_hmacsha256_final(&state, extracted);

    crypto_auth_hmacsha256_init(&state, extracted, sizeof(extracted));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)info, strlen(info));
    crypto_auth_hmacsha256_update(&state, &first_block, 1);
    crypto_auth_hmacsha256_final(&state, out);

    sodium_memzero(&state, sizeof(state));
    sodium_memzero(extracted, sizeof(extracted));
}
