/*
 * The payload of an age file (https://c2sp.org/age): a nonce of 16 bytes, then the plaintext in
 * pieces of 64 KiB, each sealed with ChaCha20-Poly1305. The last piece is the only one that may be
 * shorter, and it is empty only where the whole plaintext is.
 *
 *     nonce of a piece:  its number from 0 (11 bytes, big-endian), then 1 if it is the last, else 0
 *
 * so that a piece that was moved, left out or cut off does not authenticate.
 */
#ifndef AGE_PIECE_H
#define AGE_PIECE_H

#include "age/stanza.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGE_PIECE_SIZE         65536 /* of plaintext */
#define AGE_PIECE_TAG_SIZE     16    /* what sealing adds to a piece */
#define AGE_SEALED_PIECE_SIZE  (AGE_PIECE_SIZE + AGE_PIECE_TAG_SIZE)
#define AGE_PAYLOAD_NONCE_SIZE 16

/* What seals and opens pieces. A secret: keep it in sodium_malloc() memory. */
struct age_piece_key {
    unsigned char bytes[32];
};

/* Derives the key of a payload from the file key and the payload's nonce. */
void age_piece_key_derive(struct age_piece_key *key,
                          const unsigned char file_key[AGE_FILE_KEY_SIZE],
                          const unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE]);

/*
 * Seals len bytes (at most AGE_PIECE_SIZE) as piece number index into sealed, which has room for
 * len + AGE_PIECE_TAG_SIZE; plain and sealed may be the same memory.
 */
void age_piece_seal(const struct age_piece_key *key, uint64_t index, bool last,
                    const unsigned char *plain, size_t len, unsigned char *sealed);

/*
 * Opens a sealed piece of sealed_len bytes (at least AGE_PIECE_TAG_SIZE) into plain, which has room
 * for AGE_PIECE_TAG_SIZE bytes less and does not overlap it. With plain NULL it only checks.
 * Returns whether it authenticates; nothing of it is in plain where it does not. Sets no error.
 */
bool age_piece_open(const struct age_piece_key *key, uint64_t index, bool last,
                    const unsigned char *sealed, size_t sealed_len, unsigned char *plain);

#endif
