#include "pg/sql.h"

#include <string.h>

#include "pg/connection.h"

/* Takes over the quoted text, which is NULL where it could not be quoted. */
static int add_quoted(struct buf *sql, PGconn *conn, char *quoted)
{
    int rc = quoted != NULL ? buf_add_text(sql, quoted) : pg_error_set(PQerrorMessage(conn));

    PQfreemem(quoted);
    return rc;
}

int sql_add_name(struct buf *sql, PGconn *conn, const char *name)
{
    return add_quoted(sql, conn, PQescapeIdentifier(conn, name, strlen(name)));
}

int sql_add_literal(struct buf *sql, PGconn *conn, const char *value)
{
    return add_quoted(sql, conn, PQescapeLiteral(conn, value, strlen(value)));
}
