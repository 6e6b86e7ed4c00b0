/*
 * Waiting for a database server, until a signal comes or somebody says stop.
 */
#ifndef PG_WAIT_H
#define PG_WAIT_H

#include <libpq-fe.h>

/*
 * Waits until the connection's socket is ready for events (POLLIN, POLLOUT). Fails once `stop_fd`
 * is readable, unless that is -1, and after a signal. Returns what it is ready for, or -1 with the
 * error set. Any thread may call it.
 */
int pg_wait(PGconn *conn, short events, int stop_fd);

#endif
