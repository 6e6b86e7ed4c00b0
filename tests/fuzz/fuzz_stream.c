/*
 * The payload. Changed at random it would only ever fail to authenticate, so the input tells which
 * pieces to seal, in which order and with what wrong: four bytes a piece. From that it is known
 * what the reader has to say. Besides, the input is read as an age file itself.
 */
#include "age/header.h"
#include "age/piece.h"
#include "age/unseal.h"
#include "base/buf.h"
#include "fuzz.h"

#include <stdbool.h>

/* The key that the test vectors are for, so that they open. */
#define SECRET     "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"
#define PIECES_MAX 4
#define PLAIN_MAX  ((PIECES_MAX + 1) * AGE_PIECE_SIZE)

/* The first of a piece's four bytes. The next two are its length where it is not full, the last one
 * says what to do where a bit calls for it. */
enum {
    LAST = 1,
    FULL = 2,
    MOVED = 4,    /* sealed with another number than its own */
    ALTERED = 8,  /* a bit is flipped */
    CUT_OFF = 16, /* some bytes of it are missing */
};

static struct age_identities identities;
static struct age_piece_key key;
static struct buf begin; /* the header and the nonce */
static unsigned char plain[PLAIN_MAX];

static int add(void *self, const void *data, size_t len)
{
    return buf_add(self, data, len);
}

static void prepare(void)
{
    static const unsigned char file_key[AGE_FILE_KEY_SIZE] = "YELLOW SUBMARIN";
    static const unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE] = "nonce";
    struct writer out = {.write = add, .self = &begin};
    struct age_recipient recipient;
    struct age_stanza stanza;

    always(age_identities_add(&identities, age_identity_parse(SECRET)) == 0);
    age_identity_recipient(identities.items[0], &recipient);
    always(age_recipient_wrap(&recipient, &stanza, file_key) == 0);
    always(age_header_write(&out, &stanza, 1, file_key) == 0);
    age_stanza_clear(&stanza);
    always(buf_add(&begin, nonce, sizeof(nonce)) == 0);
    age_piece_key_derive(&key, file_key, nonce);
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (unsigned char)(i * 31 + i / AGE_PIECE_SIZE);
}

/* Appends one piece to the file. Returns how many bytes of plaintext it holds. */
static size_t add_piece(struct buf *file, size_t index, const uint8_t how[4])
{
    static unsigned char sealed[AGE_SEALED_PIECE_SIZE];
    size_t len = how[0] & FULL ? AGE_PIECE_SIZE : (size_t)how[1] << 8 | how[2];
    size_t sealed_len = len + AGE_PIECE_TAG_SIZE;

    age_piece_seal(&key, how[0] & MOVED ? index + 1 + how[3] : index, (how[0] & LAST) != 0,
                   plain + index * AGE_PIECE_SIZE, len, sealed);
    if (how[0] & ALTERED)
        sealed[how[3] % sealed_len] ^= (unsigned char)(1 << how[3] % 8);
    if (how[0] & CUT_OFF)
        sealed_len -= 1 + how[3] % sealed_len;
    always(buf_add(file, sealed, sealed_len) == 0);
    return len;
}

/* Whether the piece stands where it may and is whole. */
static bool is_right(const uint8_t how[4], size_t index, bool is_last, size_t len)
{
    bool says_last = (how[0] & LAST) != 0;

    if ((how[0] & (MOVED | ALTERED | CUT_OFF)) != 0 || says_last != is_last)
        return false;
    return is_last ? len > 0 || index == 0 : len == AGE_PIECE_SIZE;
}

/* What comes out is a beginning of the plaintext; all of it and an end, where the file is right. */
static void check(const struct buf *file, bool right, size_t plain_len, size_t step)
{
    static unsigned char buf[AGE_PIECE_SIZE + 1];
    struct fuzz_input input = {
        .data = (const uint8_t *)file->data, .len = file->len, .step = SIZE_MAX};
    struct age_unseal *unseal = age_unseal_new(fuzz_reader(&input), &identities);
    struct reader in;
    size_t at = 0;
    ssize_t got;

    always(unseal != NULL);
    in = age_unseal_reader(unseal);
    while ((got = in.read(in.self, buf, step)) > 0) {
        always((size_t)got <= step && at + (size_t)got <= plain_len);
        always(memcmp(buf, plain + at, (size_t)got) == 0);
        at += (size_t)got;
    }
    always((got == 0) == right);
    if (right)
        always(at == plain_len);
    age_unseal_free(unseal);
}

static void read_as_described(const uint8_t *data, size_t len)
{
    size_t count = len / 4 < PIECES_MAX ? len / 4 : PIECES_MAX;
    struct buf file = {0};
    size_t plain_len = 0;
    bool right = count > 0;

    always(buf_add(&file, begin.data, begin.len) == 0);
    for (size_t i = 0; i < count; i++) {
        size_t piece_len = add_piece(&file, i, data + 4 * i);

        right = right && is_right(data + 4 * i, i, i == count - 1, piece_len);
        plain_len += piece_len;
    }
    check(&file, right, plain_len, len % 2 == 0 ? AGE_PIECE_SIZE + 1 : 4099);
    buf_free(&file);
}

static void read_as_file(const uint8_t *data, size_t len)
{
    struct fuzz_input input = {.data = data, .len = len, .step = 100};
    struct age_unseal *unseal = age_unseal_new(fuzz_reader(&input), &identities);

    if (unseal != NULL)
        fuzz_drain(age_unseal_reader(unseal), 1000);
    age_unseal_free(unseal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (begin.len == 0)
        prepare();
    read_as_file(data, len);
    read_as_described(data, len);
    return 0;
}
