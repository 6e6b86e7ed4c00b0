/*
 * What a database that is restored into has already.
 */
#ifndef PG_TARGET_H
#define PG_TARGET_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Counts the tables of users, those of extensions and of the system left out; partitioned and
 * foreign ones and materialized views are tables. Returns 0, or -1 with the error set.
 */
int pg_target_count_tables(PGconn *conn, size_t *n);

/* A table and what is found of it. The names are the caller's, in the connection's encoding. */
struct pg_target_table {
    const char *schema;
    const char *name;
    bool is_there;
    bool is_ordinary;  /* neither partitioned, nor foreign, nor a view */
    bool of_extension; /* an extension's, which brings rows of its own */
    bool has_rows;     /* or what it has is not to be seen */
};

/* Looks at n tables, a few hundred with each query. Returns 0, or -1 with the error set. */
int pg_target_look(PGconn *conn, struct pg_target_table *tables, size_t n);

/* Takes all rows out of a table, and none out of those that inherit from it. Returns 0, or -1 with
 * the error set. */
int pg_target_empty(PGconn *conn, const char *schema, const char *name);

/*
 * How much memory each of so many sessions may use for an index, in KB: half of what the server has
 * for buffers, shared among them, 1 GB at most; 0 where it would give them as much by itself.
 * Returns -1 with the error set.
 */
long pg_target_maintenance_memory(PGconn *conn, int sessions);

#endif
