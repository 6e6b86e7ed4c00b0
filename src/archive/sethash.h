/*
 * One hash for a set of rows, whatever their order.
 *
 * Each row's text, without its line end, is hashed with SipHash-2-4 of 128 bits under a secret key,
 * and the hashes are added modulo 2^128 (as little-endian numbers). Sets can be joined by adding
 * their hashes. docs/format.md says what this detects and what not.
 */
#ifndef ARCHIVE_SETHASH_H
#define ARCHIVE_SETHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETHASH_KEY_SIZE 16
#define SETHASH_SIZE     16

/* Begins as {0}: the hash of no row at all. */
struct sethash {
    uint64_t low;
    uint64_t high;
};

/* Adds one row of len bytes. */
void sethash_add(struct sethash *set, const unsigned char key[SETHASH_KEY_SIZE], const void *row,
                 size_t len);

/* Adds another set's rows. */
void sethash_join(struct sethash *set, const struct sethash *other);

bool sethash_equal(const struct sethash *a, const struct sethash *b);

/* As it stands in files: little-endian, low part first. */
void sethash_store(const struct sethash *set, unsigned char bytes[SETHASH_SIZE]);
void sethash_load(struct sethash *set, const unsigned char bytes[SETHASH_SIZE]);

/* A row that comes in parts, so that it need not be in memory as a whole. */
struct sethash_row {
    uint64_t v[4];
    uint64_t word; /* the bytes that do not fill a word yet, the first one lowest */
    uint64_t len;
};

void sethash_row_begin(struct sethash_row *row, const unsigned char key[SETHASH_KEY_SIZE]);
void sethash_row_put(struct sethash_row *row, const void *part, size_t len);
/* Adds the row to the set; it has to begin again after that. */
void sethash_row_end(struct sethash_row *row, struct sethash *set);

#endif
