/*
 * The password of a connection for another program, as a password file in memory.
 */
#ifndef PG_PASSFILE_H
#define PG_PASSFILE_H

#include <libpq-fe.h>

/* Has in *fd a descriptor for pg_tool_env(), to be closed, or -1 where `conn` needs no password.
 * Returns 0, or -1 with the error set. */
int pg_passfile_open(PGconn *conn, int *fd);

/* -1 is fine. */
void pg_passfile_close(int fd);

#endif
