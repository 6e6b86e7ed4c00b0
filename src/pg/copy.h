/*
 * Rows as COPY ... TO STDOUT sends them, read in a way that ends when it must.
 *
 * A thread may use one connection while others use theirs.
 */
#ifndef PG_COPY_H
#define PG_COPY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg_copy {
    PGconn *conn;
    int stop_fd;       /* once it is readable, every call fails; -1 for none */
    size_t large;      /* a row of more bytes is announced before it has come, as far as is known */
    bool lock_refused; /* whether the last error was that a lock was not to be had in time */
    bool was_large;    /* whether there was a large row: libpq keeps the memory for it */
    uint64_t rows;     /* taken so far */
    size_t row_len;    /* bytes taken of the row in hand */
    size_t pending;    /* bytes received of the row that is on its way, or more */
    size_t asked_for;  /* of memory, when it was looked at last */
    bool announced;    /* it is large, and that was said */
    bool counted;      /* the server has said how many rows it has sent */
};

enum pg_copy_step {
    PG_COPY_FAILED, /* the error is set */
    PG_COPY_ROW,   /* a row, or the last part of one, has been taken; its last byte ends the line */
    PG_COPY_PART,  /* a part of a row has been taken, and the next follows */
    PG_COPY_LARGE, /* a large row is on its way: libpq will hold all of it */
    PG_COPY_END,   /* there are no more rows */
};

/* Has libpq read more at a time from this connection than it would, for 128 KB of memory. Returns
 * 0, or -1 with the error set. */
int pg_copy_prepare(PGconn *conn);

/* Runs one or more SQL commands of which the last is a COPY TO STDOUT. Blocks until that begins.
 * Returns 0, or -1 with the error set; the connection then is ready for the next command unless it
 * is lost. */
int pg_copy_start(struct pg_copy *copy, const char *sql);

/* Waits for the next row, and takes as much of it as there is room for, `size` bytes, at least 1:
 * *len becomes how many. */
enum pg_copy_step pg_copy_next(struct pg_copy *copy, char *room, size_t size, size_t *len);

#endif
