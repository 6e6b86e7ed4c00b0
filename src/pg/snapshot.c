#include "pg/snapshot.h"

#include <string.h>

#include "base/error.h"
#include "pg/connection.h"

char *pg_snapshot_export(PGconn *conn)
{
    PGresult *result;
    char *id;

    if (pg_command(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") != 0)
        return NULL;
    result = pg_query(conn, "SELECT pg_catalog.pg_export_snapshot()");
    if (result == NULL) {
        error_add_context("cannot export a snapshot");
        return NULL;
    }
    id = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    if (id == NULL)
        error_set("out of memory");
    return id;
}
