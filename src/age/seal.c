#include "age/seal.h"

#include "age/header.h"
#include "age/init.h"
#include "age/piece.h"
#include "age/scrypt.h"
#include "base/error.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* In sodium_malloc() memory, since it holds the key and plaintext. */
struct age_seal {
    struct writer out;
    struct age_piece_key key;
    uint64_t index; /* of the piece that is being gathered */
    size_t used;    /* how much plaintext of it is in buf; it stays there till more follows */
    unsigned char buf[AGE_SEALED_PIECE_SIZE];
};

/* Seals len bytes of plaintext, which may be those in buf, and passes them on. */
static int put_piece(struct age_seal *seal, const unsigned char *plain, size_t len, bool last)
{
    age_piece_seal(&seal->key, seal->index, last, plain, len, seal->buf);
    seal->index++;
    seal->used = 0;
    return writer_put(&seal->out, seal->buf, len + AGE_PIECE_TAG_SIZE);
}

static int seal_write(void *self, const void *buf, size_t len)
{
    struct age_seal *seal = self;
    const unsigned char *plain = buf;

    while (len > 0) {
        size_t taken;

        if (seal->used == AGE_PIECE_SIZE && put_piece(seal, seal->buf, AGE_PIECE_SIZE, false) < 0)
            return -1;
        if (seal->used == 0 && len > AGE_PIECE_SIZE) {
            taken = AGE_PIECE_SIZE;
            if (put_piece(seal, plain, taken, false) < 0)
                return -1;
        } else {
            taken = AGE_PIECE_SIZE - seal->used < len ? AGE_PIECE_SIZE - seal->used : len;
            memcpy(seal->buf + seal->used, plain, taken);
            seal->used += taken;
        }
        plain += taken;
        len -= taken;
    }
    return 0;
}

static int write_passphrase_header(const struct writer *out, const char *passphrase,
                                   const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    struct age_stanza stanza;
    int result;

    if (scrypt_wrap(&stanza, file_key, passphrase) < 0)
        return -1;
    result = age_header_write(out, &stanza, 1, file_key);
    age_stanza_clear(&stanza);
    return result;
}

static int write_header(const struct writer *out, const struct age_recipients *recipients,
                        const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    struct age_stanza *stanzas;
    int result = 0;

    if (recipients->passphrase != NULL)
        return write_passphrase_header(out, recipients->passphrase, file_key);
    stanzas = calloc(recipients->count, sizeof(*stanzas));
    if (stanzas == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < recipients->count && result == 0; i++)
        result = age_recipient_wrap(&recipients->items[i], &stanzas[i], file_key);
    if (result == 0)
        result = age_header_write(out, stanzas, recipients->count, file_key);
    for (size_t i = 0; i < recipients->count; i++)
        age_stanza_clear(&stanzas[i]);
    free(stanzas);
    return result;
}

/* Writes all that stands in front of the first piece, and sets the key of the pieces. */
static int begin(struct age_seal *seal, const struct age_recipients *recipients)
{
    unsigned char file_key[AGE_FILE_KEY_SIZE];
    unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE];
    int result;

    randombytes_buf(file_key, sizeof(file_key));
    randombytes_buf(nonce, sizeof(nonce));
    age_piece_key_derive(&seal->key, file_key, nonce);
    result = write_header(&seal->out, recipients, file_key);
    sodium_memzero(file_key, sizeof(file_key));
    if (result < 0)
        return -1;
    return writer_put(&seal->out, nonce, sizeof(nonce));
}

struct age_seal *age_seal_new(const struct age_recipients *recipients, struct writer out)
{
    struct age_seal *seal;

    if (recipients->count == 0 && recipients->passphrase == NULL) {
        error_set("no recipient given: the drop would be for nobody");
        return NULL;
    }
    if (age_init() < 0)
        return NULL;
    seal = sodium_malloc(sizeof(*seal));
    if (seal == NULL) {
        error_set("out of memory");
        return NULL;
    }
    seal->out = out;
    seal->index = 0;
    seal->used = 0;
    if (begin(seal, recipients) < 0) {
        age_seal_free(seal);
        return NULL;
    }
    return seal;
}

struct writer age_seal_writer(struct age_seal *seal)
{
    return (struct writer){.write = seal_write, .self = seal};
}

int age_seal_finish(struct age_seal *seal)
{
    return put_piece(seal, seal->buf, seal->used, true);
}

void age_seal_free(struct age_seal *seal)
{
    sodium_free(seal);
}

int age_seal_all(const struct age_recipients *recipients, const void *data, size_t len,
                 struct writer out)
{
    struct age_seal *seal = age_seal_new(recipients, out);
    struct writer in;
    int result;

    if (seal == NULL)
        return -1;
    in = age_seal_writer(seal);
    result = writer_put(&in, data, len);
    if (result == 0)
        result = age_seal_finish(seal);
    age_seal_free(seal);
    return result;
}
