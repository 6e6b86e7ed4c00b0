/*
 * Recognising a transaction pooler (pgbouncer, as behind Heroku's DATABASE_CONNECTION_POOL_URL).
 *
 * Behind one, each transaction may run in another session of the server: settings and an exported
 * snapshot do not hold, and a dump would be wrong without anybody noticing.
 */
#ifndef PG_POOLER_H
#define PG_POOLER_H

#include <libpq-fe.h>

/*
 * Checks that `conn`, connected by `conninfo`, has a session of the server to itself. Costs one
 * query; where something stands in between, also a second connection for a moment. Returns 0, or
 * -1 with an error that names a variable with the direct URL, where the environment has one.
 */
int pg_pooler_check(PGconn *conn, const char *conninfo);

#endif
