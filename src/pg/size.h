/*
 * How large a database is.
 */
#ifndef PG_SIZE_H
#define PG_SIZE_H

#include <libpq-fe.h>
#include <stdint.h>

/* Tells the size of all files of the database of `conn`, in bytes, indexes and dead rows included.
 * Returns 0, or -1 with the error set. */
int pg_size_of_database(PGconn *conn, uint64_t *bytes);

#endif
