/*
 * The primitives of pg_dump's custom format: bytes, integers, strings, offsets.
 *
 *   integer  sign byte (0 or 1), then 4 bytes of magnitude, little-endian
 *   string   integer length, then that many bytes; length -1 is NULL
 *   offset   state byte, then 8 bytes little-endian
 *
 * Specified by PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c (WriteInt, WriteStr, WriteOffset).
 * Both directions are buffered and count their position. All functions block as the stream behind
 * them does, and return 0, or -1 with the error set.
 */
#ifndef ARCHIVE_WIRE_H
#define ARCHIVE_WIRE_H

#include <stdint.h>

#include "base/stream.h"

#define WIRE_BUFFER (64 * 1024)

struct wire_in {
    struct reader source;
    uint64_t pos; /* bytes handed out so far */
    size_t at;    /* buffer[at..end) is still to be handed out */
    size_t end;
    unsigned char buffer[WIRE_BUFFER];
};

struct wire_out {
    struct writer target;
    uint64_t pos; /* bytes taken so far */
    size_t len;   /* of them still in the buffer */
    unsigned char buffer[WIRE_BUFFER];
};

/* Where the data of a TOC entry is in the archive. */
enum wire_offset_state {
    WIRE_OFFSET_UNKNOWN = 1, /* the archive was written to a pipe */
    WIRE_OFFSET_SET = 2,
    WIRE_OFFSET_NO_DATA = 3,
};

void wire_in_init(struct wire_in *in, struct reader source);

/* The end of the input is an error for all of these but wire_get_some() and wire_at_end(). */
int wire_get_byte(struct wire_in *in, unsigned char *byte);
int wire_get_int(struct wire_in *in, int *value);
/* *text is allocated, NUL-ended and to be freed by the caller; NULL for the format's NULL. */
int wire_get_string(struct wire_in *in, char **text);
/* Copies such a text, NULL too, to be freed. Returns 0, or -1 with the error set (no memory). */
int wire_copy_string(char **to, const char *text);
int wire_get_offset(struct wire_in *in, enum wire_offset_state *state, uint64_t *offset);
int wire_get_bytes(struct wire_in *in, void *buf, size_t len);
/* Reads 1 to len bytes; returns how many, 0 at the end, -1 with the error set. */
ssize_t wire_get_some(struct wire_in *in, void *buf, size_t len);
/* Returns 1 at the end of the input, 0 before it, -1 with the error set. */
int wire_at_end(struct wire_in *in);

void wire_out_init(struct wire_out *out, struct writer target);

int wire_put_byte(struct wire_out *out, unsigned char byte);
int wire_put_int(struct wire_out *out, int value);
int wire_put_string(struct wire_out *out, const char *text);
int wire_put_offset(struct wire_out *out, enum wire_offset_state state, uint64_t offset);
int wire_put_bytes(struct wire_out *out, const void *data, size_t len);
/* Passes on what is buffered; without it the last bytes are lost. */
int wire_flush(struct wire_out *out);

#endif
