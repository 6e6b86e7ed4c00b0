/*
 * A hash of what data holds: of text the set of its lines, of large objects the set of them, each
 * with its number. Two archives with the same data have the same, whatever the order and however it
 * was cut into chunks.
 */
#ifndef ARCHIVE_CONTENT_H
#define ARCHIVE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/sethash.h"

struct content {
    const unsigned char *key;
    struct sethash *set;
    struct sethash_row row; /* the line, or the large object, in hand */
    bool in_row;            /* a line has begun and not ended */
    uint64_t lines;         /* that have ended */
    bool is_object;
};

/* Begin text, or the large object of this number. What is hashed goes into the set; it and the key
 * must outlive this. */
void content_begin_text(struct content *c, const unsigned char key[SETHASH_KEY_SIZE],
                        struct sethash *set);
void content_begin_object(struct content *c, const unsigned char key[SETHASH_KEY_SIZE],
                          unsigned oid, struct sethash *set);

/* The next len bytes. */
void content_add(struct content *c, const char *data, size_t len);

/* Ends the text, or the large object. */
void content_end(struct content *c);

#endif
