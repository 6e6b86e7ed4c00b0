#include "age/scrypt.h"

#include "age/base64.h"
#include "age/init.h"
#include "base/error.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define KIND        "scrypt"
#define LABEL       "age-encryption.org/v1/scrypt"
#define SALT_SIZE   16
#define BLOCK_SIZE  8 /* r and p of scrypt, as the format fixes them */
#define PARALLEL    1
#define KEY_SIZE    crypto_aead_chacha20poly1305_ietf_KEYBYTES
#define SEALED_SIZE (AGE_FILE_KEY_SIZE + crypto_aead_chacha20poly1305_ietf_ABYTES)

/* All zero: each wrapping key seals one file key and no more. */
static const unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

bool scrypt_is(const struct age_stanza *stanza)
{
    return strcmp(stanza->kind, KIND) == 0;
}

/* Derives the wrapping key. Returns 0, or -1 with the error set. */
static int derive_key(unsigned char key[KEY_SIZE], const char *passphrase,
                      const unsigned char salt[SALT_SIZE], unsigned work_factor)
{
    unsigned char labelled[sizeof(LABEL) - 1 + SALT_SIZE] = LABEL;

    memcpy(labelled + strlen(LABEL), salt, SALT_SIZE);
    errno = 0;
    if (crypto_pwhash_scryptsalsa208sha256_ll(
            (const unsigned char *)passphrase, strlen(passphrase), labelled, sizeof(labelled),
            UINT64_C(1) << work_factor, BLOCK_SIZE, PARALLEL, key, KEY_SIZE) != 0)
        return error_set_errno("cannot compute with the passphrase, which takes %u MiB of memory",
                               1U << work_factor >> 10);
    return 0;
}

static int set_stanza(struct age_stanza *stanza, const unsigned char salt[SALT_SIZE],
                      const unsigned char sealed[SEALED_SIZE])
{
    char salt_text[BASE64_LEN(SALT_SIZE) + 1];
    char line[sizeof(KIND " ") + sizeof(salt_text) + sizeof("18")];
    int len;

    base64_encode(salt_text, salt, SALT_SIZE);
    len = snprintf(line, sizeof(line), KIND " %s %d", salt_text, SCRYPT_WORK_FACTOR);
    if (age_stanza_set_line(stanza, line, (size_t)len) < 0)
        return -1;
    if (age_stanza_add_body(stanza, sealed, SEALED_SIZE) < 0) {
        age_stanza_clear(stanza);
        return -1;
    }
    return 0;
}

int scrypt_wrap(struct age_stanza *stanza, const unsigned char file_key[AGE_FILE_KEY_SIZE],
                const char *passphrase)
{
    unsigned char salt[SALT_SIZE];
    unsigned char key[KEY_SIZE];
    unsigned char sealed[SEALED_SIZE];

    *stanza = (struct age_stanza){0};
    if (age_init() < 0)
        return -1;
    randombytes_buf(salt, sizeof(salt));
    if (derive_key(key, passphrase, salt, SCRYPT_WORK_FACTOR) < 0)
        return -1;
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, file_key, AGE_FILE_KEY_SIZE, NULL, 0,
                                              NULL, nonce, key);
    sodium_memzero(key, sizeof(key));
    return set_stanza(stanza, salt, sealed);
}

/* Reads decimal digits without sign, blanks, or zeros in front. */
static int read_work_factor(unsigned *work_factor, const char *text)
{
    if (strspn(text, "0123456789") != strlen(text) || text[0] == '0')
        return error_set("malformed age header: the work factor of a passphrase is not a number");
    /* It has at least one digit; three are above the limit whatever they are. */
    *work_factor = 0;
    for (const char *digit = text; *digit != '\0' && *work_factor <= SCRYPT_WORK_FACTOR_MAX;
         digit++)
        *work_factor = *work_factor * 10 + (unsigned)(*digit - '0');
    if (*work_factor > SCRYPT_WORK_FACTOR_MAX)
        return error_set("refused: the work factor of the passphrase is %.20s, and above %d it "
                         "would keep this machine busy for too long",
                         text, SCRYPT_WORK_FACTOR_MAX);
    return 0;
}

static int read_stanza(const struct age_stanza *stanza, unsigned char salt[SALT_SIZE],
                       unsigned *work_factor)
{
    size_t len;

    if (stanza->arg_count != 2)
        return error_set("malformed age header: a scrypt stanza has %zu arguments, not 2",
                         stanza->arg_count);
    if (base64_decode(salt, SALT_SIZE, stanza->args[0], strlen(stanza->args[0]), &len) != 0 ||
        len != SALT_SIZE)
        return error_set("malformed age header: a scrypt salt is not 16 bytes of base64");
    if (stanza->body_len != SEALED_SIZE)
        return error_set("malformed age header: a scrypt stanza carries %zu bytes, not 32",
                         stanza->body_len);
    return read_work_factor(work_factor, stanza->args[1]);
}

int scrypt_check(const struct age_stanza *stanza)
{
    unsigned char salt[SALT_SIZE];
    unsigned work_factor = 0;

    return age_init() < 0 ? -1 : read_stanza(stanza, salt, &work_factor);
}

int scrypt_unwrap(const struct age_stanza *stanza, unsigned char file_key[AGE_FILE_KEY_SIZE],
                  const char *passphrase)
{
    unsigned char salt[SALT_SIZE];
    unsigned char key[KEY_SIZE];
    unsigned work_factor = 0;
    int opened;

    if (!scrypt_is(stanza))
        return 0;
    if (age_init() < 0 || read_stanza(stanza, salt, &work_factor) < 0 ||
        derive_key(key, passphrase, salt, work_factor) < 0)
        return -1;
    opened = crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, stanza->body,
                                                       SEALED_SIZE, NULL, 0, nonce, key);
    sodium_memzero(key, sizeof(key));
    return opened == 0;
}
