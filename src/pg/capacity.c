#include "pg/capacity.h"

#include <stdlib.h>

#include "base/error.h"
#include "pg/connection.h"

/*
 * As the server counts when it lets somebody in (InitPostgres()). Of other roles' sessions an
 * ordinary role sees who and where, not what kind: those with a database are clients, unless they
 * are walsenders, which have slots of their own and are listed elsewhere. reserved_connections and
 * its role came with PostgreSQL 16. A limit below 0 is none; none holds for superusers.
 */
static const char free_connections[] =
    "WITH me AS (SELECT oid, rolsuper, rolconnlimit FROM pg_catalog.pg_roles"
    " WHERE rolname = session_user),"
    " used AS (SELECT a.usesysid, a.datname FROM pg_catalog.pg_stat_activity a"
    " WHERE a.usesysid IS NOT NULL AND a.datid IS NOT NULL"
    " AND COALESCE(a.backend_type, 'client backend') = 'client backend'"
    " AND a.pid NOT IN (SELECT r.pid FROM pg_catalog.pg_stat_replication r)),"
    " reserved AS (SELECT CASE WHEN me.rolsuper THEN 0 ELSE"
    " pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4 +"
    " CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r"
    " WHERE r.rolname = 'pg_use_reserved_connections'"
    " AND pg_catalog.pg_has_role(me.oid, r.oid, 'USAGE')) THEN 0 ELSE"
    " COALESCE(pg_catalog.current_setting('reserved_connections', true)::pg_catalog.int4, 0)"
    " END END AS n FROM me)"
    " SELECT GREATEST(0, LEAST("
    "pg_catalog.current_setting('max_connections')::pg_catalog.int4 - reserved.n"
    " - (SELECT pg_catalog.count(*) FROM used),"
    " CASE WHEN me.rolconnlimit >= 0 AND NOT me.rolsuper THEN me.rolconnlimit"
    " - (SELECT pg_catalog.count(*) FROM used WHERE usesysid = me.oid) END,"
    " CASE WHEN d.datconnlimit >= 0 AND NOT me.rolsuper THEN d.datconnlimit"
    " - (SELECT pg_catalog.count(*) FROM used WHERE datname = d.datname) END))"
    " FROM me, reserved, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

int pg_free_connections(PGconn *conn, int *n)
{
    PGresult *result = pg_query(conn, free_connections);

    if (result == NULL)
        return error_add_context("cannot count the database's connections");
    *n = atoi(PQgetvalue(result, 0, 0));
    PQclear(result);
    return 0;
}
