#include "age/piece.h"

#include "age/hkdf.h"

#include <sodium.h>

#define NONCE_SIZE crypto_aead_chacha20poly1305_ietf_NPUBBYTES

_Static_assert(sizeof(struct age_piece_key) == HKDF_SIZE, "HKDF makes the key");
_Static_assert(AGE_PIECE_TAG_SIZE == crypto_aead_chacha20poly1305_ietf_ABYTES, "Poly1305's tag");

void age_piece_key_derive(struct age_piece_key *key,
                          const unsigned char file_key[AGE_FILE_KEY_SIZE],
                          const unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE])
{
    hkdf_sha256(key->bytes, file_key, AGE_FILE_KEY_SIZE, nonce, AGE_PAYLOAD_NONCE_SIZE, "payload");
}

/* 64 of the counter's 88 bits are more than any file can use. */
static void make_nonce(unsigned char nonce[NONCE_SIZE], uint64_t index, bool last)
{
    for (size_t i = 0; i < NONCE_SIZE; i++)
        nonce[i] = 0;
    for (int i = NONCE_SIZE - 2; index > 0; i--, index >>= 8)
        nonce[i] = (unsigned char)index;
    nonce[NONCE_SIZE - 1] = last;
}

void age_piece_seal(const struct age_piece_key *key, uint64_t index, bool last,
                    const unsigned char *plain, size_t len, unsigned char *sealed)
{
    unsigned char nonce[NONCE_SIZE];

    make_nonce(nonce, index, last);
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plain, len, NULL, 0, NULL, nonce,
                                              key->bytes);
}

bool age_piece_open(const struct age_piece_key *key, uint64_t index, bool last,
                    const unsigned char *sealed, size_t sealed_len, unsigned char *plain)
{
    unsigned char nonce[NONCE_SIZE];

    make_nonce(nonce, index, last);
    return crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, sealed_len, NULL, 0,
                                                     nonce, key->bytes) == 0;
}
