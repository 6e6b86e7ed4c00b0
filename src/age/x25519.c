#include "age/x25519.h"

#include "age/base64.h"
#include "age/hkdf.h"
#include "age/init.h"
#include "base/error.h"

#include <sodium.h>
#include <string.h>

#define KIND        "X25519"
#define LABEL       "age-encryption.org/v1/X25519"
#define SEALED_SIZE (AGE_FILE_KEY_SIZE + crypto_aead_chacha20poly1305_ietf_ABYTES)

_Static_assert(HKDF_SIZE == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "HKDF makes the key");

/* All zero: each wrapping key seals one file key and no more. */
static const unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

bool x25519_is_usable(const unsigned char public_key[X25519_SIZE])
{
    static const unsigned char any_secret[X25519_SIZE] = {1};
    unsigned char shared[X25519_SIZE];

    return crypto_scalarmult(shared, any_secret, public_key) == 0;
}

/*
 * Derives the wrapping key from one side's secret and the other side's public value. Returns 0, or
 * -1 if what they share is zero; sets no error.
 */
static int derive_key(unsigned char key[HKDF_SIZE], const unsigned char secret[X25519_SIZE],
                      const unsigned char theirs[X25519_SIZE],
                      const unsigned char share[X25519_SIZE],
                      const unsigned char recipient[X25519_SIZE])
{
    unsigned char shared[X25519_SIZE];
    unsigned char salt[2 * X25519_SIZE];

    if (crypto_scalarmult(shared, secret, theirs) != 0)
        return -1;
    memcpy(salt, share, X25519_SIZE);
    memcpy(salt + X25519_SIZE, recipient, X25519_SIZE);
    hkdf_sha256(key, shared, sizeof(shared), salt, sizeof(salt), LABEL);
    sodium_memzero(shared, sizeof(shared));
    return 0;
}

static int set_stanza(struct age_stanza *stanza, const unsigned char share[X25519_SIZE],
                      const unsigned char sealed[SEALED_SIZE])
{
    char line[sizeof(KIND " ") + BASE64_LEN(X25519_SIZE)] = KIND " ";

    base64_encode(line + strlen(KIND " "), share, X25519_SIZE);
    if (age_stanza_set_line(stanza, line, strlen(line)) < 0)
        return -1;
    if (age_stanza_add_body(stanza, sealed, SEALED_SIZE) < 0) {
        age_stanza_clear(stanza);
        return -1;
    }
    return 0;
}

int x25519_wrap(struct age_stanza *stanza, const unsigned char file_key[AGE_FILE_KEY_SIZE],
                const unsigned char public_key[X25519_SIZE])
{
    unsigned char ephemeral[X25519_SIZE];
    unsigned char share[X25519_SIZE];
    unsigned char key[HKDF_SIZE];
    unsigned char sealed[SEALED_SIZE];
    int derived;

    *stanza = (struct age_stanza){0};
    if (age_init() < 0)
        return -1;
    randombytes_buf(ephemeral, sizeof(ephemeral));
    crypto_scalarmult_base(share, ephemeral);
    derived = derive_key(key, ephemeral, public_key, share, public_key);
    sodium_memzero(ephemeral, sizeof(ephemeral));
    if (derived < 0)
        return error_set("the recipient's public key is a weak point of the curve");
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, file_key, AGE_FILE_KEY_SIZE, NULL, 0,
                                              NULL, nonce, key);
    sodium_memzero(key, sizeof(key));
    return set_stanza(stanza, share, sealed);
}

static int read_share(unsigned char share[X25519_SIZE], const struct age_stanza *stanza)
{
    size_t len;

    if (stanza->arg_count != 1)
        return error_set("malformed age header: an X25519 stanza has %zu arguments, not 1",
                         stanza->arg_count);
    if (base64_decode(share, X25519_SIZE, stanza->args[0], strlen(stanza->args[0]), &len) != 0 ||
        len != X25519_SIZE)
        return error_set("malformed age header: an X25519 share is not 32 bytes of base64");
    if (stanza->body_len != SEALED_SIZE)
        return error_set("malformed age header: an X25519 stanza carries %zu bytes, not 32",
                         stanza->body_len);
    return 0;
}

int x25519_unwrap(const struct age_stanza *stanza, unsigned char file_key[AGE_FILE_KEY_SIZE],
                  const unsigned char secret_key[X25519_SIZE],
                  const unsigned char public_key[X25519_SIZE])
{
    unsigned char share[X25519_SIZE];
    unsigned char key[HKDF_SIZE];
    int opened;

    if (strcmp(stanza->kind, KIND) != 0)
        return 0;
    if (age_init() < 0 || read_share(share, stanza) < 0)
        return -1;
    if (derive_key(key, secret_key, share, share, public_key) < 0)
        return error_set("malformed age header: an X25519 share is a weak point of the curve");
    opened = crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, stanza->body,
                                                       SEALED_SIZE, NULL, 0, nonce, key);
    sodium_memzero(key, sizeof(key));
    return opened == 0;
}
