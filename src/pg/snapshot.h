/*
 * The control connection: it holds the one instant that all of a dump shows.
 */
#ifndef PG_SNAPSHOT_H
#define PG_SNAPSHOT_H

#include <libpq-fe.h>

/*
 * Begins a read-only REPEATABLE READ transaction on `conn` and exports its snapshot, which others
 * can import for as long as the transaction lasts. Returns the snapshot's id, to be freed, or NULL
 * with the error set.
 */
char *pg_snapshot_export(PGconn *conn);

/* Ends that transaction. Returns 0, which proves that it has lasted, with its snapshot and its
 * locks; or -1 with the error set. */
int pg_snapshot_end(PGconn *conn);

#endif
