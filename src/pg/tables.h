/*
 * The tables whose rows our own connections read: what the catalogs say of them, and the locks that
 * keep them as the snapshot shows them.
 */
#ifndef PG_TABLES_H
#define PG_TABLES_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum pg_table_part {
    PG_TABLE_READ, /* we read it */
    PG_TABLE_LEFT, /* it is left to pg_dump, and locked all the same until pg_dump has its own */
    PG_TABLE_NONE, /* it is no ordinary table */
};

struct pg_table {
    int dump_id; /* of its TABLE DATA entry in pg_dump's table of contents */
    unsigned oid;
    enum pg_table_part part;
    char *name;    /* as SQL, with its schema, quoted; owned */
    char *label;   /* the same for messages, without quotes; owned */
    char *columns; /* as SQL, separated by commas, in the order of COPY; "" for none; NULL where it
                      is left; owned */

    /* As pg_tables_lock() finds it: */
    uint32_t pages;     /* of its heap */
    uint64_t bytes;     /* of heap and TOAST */
    unsigned n_indexes; /* which a SELECT locks too */
    bool is_heap;       /* so that a page number tells where a row is */

    bool stays_whole; /* it is not to be read in parts */
};

struct pg_tables {
    struct pg_table *items;
    size_t n;
    size_t size; /* allocated */
};

/*
 * Adds a table. `columns`, which is taken over, is NULL for one that is left to pg_dump. Returns 0,
 * or -1 with the error set and the columns freed.
 */
int pg_tables_add(struct pg_tables *tables, int dump_id, unsigned oid, const char *schema,
                  const char *name, char *columns);

/* Removes those of a part. */
void pg_tables_remove(struct pg_tables *tables, enum pg_table_part part);
void pg_tables_free(struct pg_tables *tables);

/* Leaves to pg_dump what belongs to an extension, and removes what is no ordinary table. Returns 0,
 * or -1 with the error set. */
int pg_tables_sort_out(struct pg_tables *tables, PGconn *conn);

/*
 * Takes an ACCESS SHARE lock on each table until the transaction of `conn` ends, waiting for each
 * up to timeout_ms; then compares them with the transaction's snapshot and measures them.
 * Returns 0; 1 where another snapshot is needed, with the error set to the reason: a table was
 * truncated, rewritten, altered or dropped since this one, so that its rows cannot be read any
 * more, or is not to be locked in time; -1 with the error set.
 */
int pg_tables_lock(struct pg_tables *tables, PGconn *conn, int timeout_ms);

/* Looks once more whether each name still means its table: schemas are not locked, and may have got
 * other names. Returns 0, or -1 with the error set. */
int pg_tables_check(const struct pg_tables *tables, PGconn *conn);

/*
 * Takes an ACCESS SHARE lock on what reading a part of the table locks beside it, its indexes.
 * Otherwise somebody could queue for a stronger one between two of our connections, and each would
 * wait for the other. Returns 0; 1 where a stronger lock is held, and the transaction has none of
 * them; -1 with the error set.
 */
int pg_table_lock_indexes(const struct pg_table *table, PGconn *conn);

/* Adds the command that does the same in another connection's transaction: it fails at once, or for
 * the indexes within a second, where a stronger lock is held or waited for. What the rows need
 * beside is waited for up to a minute. `with_indexes`: a part
 * of the table is to be read. Returns 0, or -1 with the error set. */
int pg_table_add_lock(const struct pg_table *table, bool with_indexes, struct buf *sql);

/* Adds the command that copies the table's rows out, either all of them (first_page 0, end_page
 * UINT32_MAX) or those that lie on these pages of its heap. Returns 0, or -1 with the error set. */
int pg_table_add_copy(const struct pg_table *table, uint32_t first_page, uint32_t end_page,
                      struct buf *sql);

#endif
