#include "pg/snapshot.h"

#include <stdbool.h>
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

int pg_snapshot_end(PGconn *conn)
{
    bool lasted = PQtransactionStatus(conn) == PQTRANS_INTRANS;
    PGresult *result = pg_query(conn, "COMMIT");

    if (result == NULL)
        return error_add_context("the connection that held the snapshot is lost");
    lasted = lasted && strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    return lasted ? 0 : error_set("the transaction that held the snapshot has failed");
}
