/*
 * For the tests: what src/pg/capacity.h says of a database.
 *
 *     capacity CONNINFO    prints how many more connections it has room for
 */
#include <stdio.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "pg/capacity.h"
#include "pg/connection.h"

int main(int argc, char **argv)
{
    PGconn *conn = NULL;
    int n, rc = -1;

    if (argc == 2 && interrupt_init() == 0 && (conn = pg_connect(argv[1])) != NULL)
        rc = pg_free_connections(conn, &n);
    if (rc == 0)
        printf("%d\n", n);
    else
        fprintf(stderr, "capacity: %s\n", error_text());
    PQfinish(conn);
    return rc == 0 ? 0 : 1;
}
