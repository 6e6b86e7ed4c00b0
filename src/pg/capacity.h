/*
 * How many connections there is room for.
 */
#ifndef PG_CAPACITY_H
#define PG_CAPACITY_H

#include <libpq-fe.h>

/*
 * Tells in *n how many more connections the role of `conn` may open to its database just now: the
 * least that the limits of the server, the role and the database leave, 0 or more. Needs no
 * privileges; without them other roles' parallel workers count as connections too. Within a
 * transaction the server's answer may be as old as its first look at sessions: ask before one.
 * Returns 0, or -1 with the error set.
 */
int pg_free_connections(PGconn *conn, int *n);

#endif
