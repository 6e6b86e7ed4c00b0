/*
 * How many connections read or load rows.
 */
#ifndef FLOW_JOBS_H
#define FLOW_JOBS_H

#include <libpq-fe.h>

/*
 * As many as there are processors, at most four, and no more than the server can spare beside one
 * for pg_dump or pg_restore, `reserve` connections left to others; 0 where it can spare none. Says
 * in the log when they are few, and `what` they do ("reading"). To be asked outside a transaction.
 * Returns them, or -1 with the error set.
 */
int jobs_choose(PGconn *conn, int reserve, const char *what);

#endif
