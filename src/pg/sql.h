/*
 * Names and values in SQL commands.
 */
#ifndef PG_SQL_H
#define PG_SQL_H

#include <libpq-fe.h>

#include "base/buf.h"

/* Append the text, in the connection's encoding, quoted as a name or as a literal. Return 0, or -1
 * with the error set. */
int sql_add_name(struct buf *sql, PGconn *conn, const char *name);
int sql_add_literal(struct buf *sql, PGconn *conn, const char *value);

#endif
