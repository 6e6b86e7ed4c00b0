#include "age/unseal.h"

#include "age/header.h"
#include "age/init.h"
#include "age/input.h"
#include "age/passphrase.h"
#include "age/piece.h"
#include "age/scrypt.h"
#include "base/error.h"

#include <sodium.h>
#include <string.h>

/* In sodium_malloc() memory, since it holds the key and plaintext. */
struct age_unseal {
    struct age_input *input;
    struct reader in; /* input's, without armor */
    struct age_header *header;
    struct age_piece_key key;
    uint64_t index; /* of the next piece */
    bool at_end;    /* the last piece was opened */
    bool wrong_end; /* the piece last opened says that more follows at the end, or the reverse */
    size_t ahead;   /* bytes of the next piece that are in sealed already: 0 or 1 */

    size_t plain_at; /* how much of plain was given out */
    size_t plain_len;
    unsigned char plain[AGE_PIECE_SIZE];
    unsigned char sealed[AGE_SEALED_PIECE_SIZE + 1];
};

static unsigned long long piece_offset(const struct age_unseal *unseal, uint64_t index)
{
    return unseal->header->len + AGE_PAYLOAD_NONCE_SIZE + index * AGE_SEALED_PIECE_SIZE;
}

/* Says that the last piece given out was the wrong one to end with, or not to end with. */
static int refuse_end(const struct age_unseal *unseal)
{
    unsigned long long end = piece_offset(unseal, unseal->index);

    if (unseal->at_end)
        return error_set("the drop is truncated: it ends behind piece %llu (byte %llu), and more "
                         "belongs there",
                         (unsigned long long)unseal->index, end);
    return error_set("the drop is followed by other data: it ends at byte %llu", end);
}

/* Says why a sealed piece of len bytes was refused. */
static int refuse_piece(const struct age_unseal *unseal, size_t len, bool last)
{
    unsigned long long number = unseal->index + 1;
    unsigned long long begin = piece_offset(unseal, unseal->index);

    if (last && len == 0)
        return error_set("the drop is truncated: it ends at byte %llu, behind its header", begin);
    if (last && len < AGE_SEALED_PIECE_SIZE)
        return error_set("the drop is truncated, altered or damaged: its last piece (number %llu, "
                         "up to byte %llu) does not authenticate",
                         number, begin + len);
    return error_set("the drop is altered or damaged near byte %llu: piece %llu does not "
                     "authenticate",
                     begin, number);
}

/* Opens the next piece into plain, which has room for 64 KiB. Returns its length; 0 is the end. */
static ssize_t open_piece(struct age_unseal *unseal, unsigned char *plain)
{
    const size_t ahead = unseal->ahead;
    ssize_t got = reader_fill(&unseal->in, unseal->sealed + ahead, sizeof(unseal->sealed) - ahead);
    size_t len;
    bool last;

    if (got < 0)
        return -1;
    len = ahead + (size_t)got;
    last = len < sizeof(unseal->sealed);
    if (!last)
        len = AGE_SEALED_PIECE_SIZE;
    if (len < AGE_PIECE_TAG_SIZE)
        return refuse_piece(unseal, len, last);
    if (!age_piece_open(&unseal->key, unseal->index, last, unseal->sealed, len, plain)) {
        /* A full piece that opens with the other value of the last piece's flag is whole and in its
         * place, and what is wrong is what follows it. It is given out, as age does, then refused.
         */
        if (len < AGE_SEALED_PIECE_SIZE ||
            !age_piece_open(&unseal->key, unseal->index, !last, unseal->sealed, len, plain))
            return refuse_piece(unseal, len, last);
        unseal->wrong_end = true;
    }
    if (len == AGE_PIECE_TAG_SIZE && unseal->index > 0)
        return error_set("malformed age file: its last piece is empty");

    unseal->sealed[0] = unseal->sealed[AGE_SEALED_PIECE_SIZE];
    unseal->ahead = last ? 0 : 1;
    unseal->index++;
    unseal->at_end = last;
    return (ssize_t)(len - AGE_PIECE_TAG_SIZE);
}

static ssize_t unseal_read(void *self, void *buf, size_t len)
{
    struct age_unseal *unseal = self;
    size_t given;

    if (unseal->plain_at == unseal->plain_len) {
        ssize_t opened;

        if (unseal->wrong_end)
            return refuse_end(unseal);
        if (unseal->at_end)
            return 0;
        if (len >= AGE_PIECE_SIZE)
            return open_piece(unseal, buf);
        opened = open_piece(unseal, unseal->plain);
        if (opened <= 0)
            return opened;
        unseal->plain_at = 0;
        unseal->plain_len = (size_t)opened;
    }
    given = unseal->plain_len - unseal->plain_at;
    if (given > len)
        given = len;
    memcpy(buf, unseal->plain + unseal->plain_at, given);
    unseal->plain_at += given;
    return (ssize_t)given;
}

/* Returns 0 with the file key, or -1 with the error set, as the following ones. */
static int unwrap_with_passphrase(const struct age_header *header,
                                  const struct age_passphrase *source,
                                  unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    char *passphrase;
    int opened;

    if (scrypt_check(&header->stanzas[0]) < 0)
        return -1;
    passphrase = age_passphrase_ask(source);
    if (passphrase == NULL)
        return -1;
    opened = scrypt_unwrap(&header->stanzas[0], file_key, passphrase);
    sodium_free(passphrase);
    if (opened < 0)
        return -1;
    if (opened == 0)
        return error_set("the passphrase is wrong");
    return age_header_check(header, file_key);
}

static int unwrap(const struct age_header *header, const struct age_identities *identities,
                  unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    char whom[128];

    if (scrypt_is(&header->stanzas[0]) && identities->passphrase.ask != NULL)
        return unwrap_with_passphrase(header, &identities->passphrase, file_key);
    for (size_t i = 0; i < identities->count; i++) {
        for (size_t s = 0; s < header->count; s++) {
            int opened = age_identity_unwrap(identities->items[i], &header->stanzas[s], file_key);

            if (opened < 0)
                return -1;
            if (opened > 0)
                return age_header_check(header, file_key);
        }
    }
    age_header_describe(header, whom, sizeof(whom));
    if (identities->count == 0)
        return error_set("there is no key to open it with: it is %s", whom);
    return error_set("none of the identities can open this drop: it is %s", whom);
}

static int read_header(struct age_unseal *unseal, struct reader in)
{
    unseal->input = age_input_new(in);
    if (unseal->input == NULL)
        return -1;
    unseal->in = age_input_reader(unseal->input);
    unseal->header = age_header_read(&unseal->in);
    return unseal->header != NULL ? 0 : -1;
}

static int read_nonce(struct age_unseal *unseal, unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE])
{
    ssize_t got = reader_fill(&unseal->in, nonce, AGE_PAYLOAD_NONCE_SIZE);

    if (got < 0)
        return -1;
    if ((size_t)got < AGE_PAYLOAD_NONCE_SIZE)
        return error_set("the drop is truncated: it ends at byte %zu, behind its header",
                         unseal->header->len + (size_t)got);
    return 0;
}

/* Reads all that stands in front of the first piece, and sets the key of the pieces. */
static int begin(struct age_unseal *unseal, struct reader in,
                 const struct age_identities *identities)
{
    unsigned char file_key[AGE_FILE_KEY_SIZE];
    unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE];
    int rc = read_header(unseal, in);

    if (rc == 0)
        rc = unwrap(unseal->header, identities, file_key);
    if (rc == 0)
        rc = read_nonce(unseal, nonce);
    if (rc == 0)
        age_piece_key_derive(&unseal->key, file_key, nonce);
    sodium_memzero(file_key, sizeof(file_key));
    return rc;
}

struct age_unseal *age_unseal_new(struct reader in, const struct age_identities *identities)
{
    struct age_unseal *unseal;

    if (age_init() < 0)
        return NULL;
    unseal = sodium_malloc(sizeof(*unseal));
    if (unseal == NULL) {
        error_set("out of memory");
        return NULL;
    }
    memset(unseal, 0, sizeof(*unseal));
    if (begin(unseal, in, identities) < 0) {
        age_unseal_free(unseal);
        return NULL;
    }
    return unseal;
}

int age_unseal_rewind(struct age_unseal *unseal, struct reader in)
{
    unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE];

    age_header_free(unseal->header);
    age_input_free(unseal->input);
    unseal->header = NULL;
    unseal->input = NULL;
    unseal->index = 0;
    unseal->at_end = unseal->wrong_end = false;
    unseal->ahead = unseal->plain_at = unseal->plain_len = 0;
    return read_header(unseal, in) == 0 ? read_nonce(unseal, nonce) : -1;
}

struct reader age_unseal_reader(struct age_unseal *unseal)
{
    return (struct reader){.read = unseal_read, .self = unseal};
}

void age_unseal_free(struct age_unseal *unseal)
{
    if (unseal == NULL)
        return;
    age_header_free(unseal->header);
    age_input_free(unseal->input);
    sodium_free(unseal);
}
