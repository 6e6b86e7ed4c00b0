#include "pg/size.h"

#include <stdlib.h>

#include "pg/connection.h"

int pg_size_of_database(PGconn *conn, uint64_t *bytes)
{
    PGresult *result =
        pg_query(conn, "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())");

    if (result == NULL)
        return -1;
    *bytes = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return 0;
}
