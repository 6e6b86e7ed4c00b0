/*
 * The statement that stands in pg_dump's table of contents for a table's rows:
 * "COPY schema.table (column, column) FROM stdin;\n", identifiers quoted where need be.
 *
 * Specified by dumpTableData() in PostgreSQL's src/bin/pg_dump/pg_dump.c.
 */
#ifndef PG_COPY_STATEMENT_H
#define PG_COPY_STATEMENT_H

/*
 * Finds the columns, as SQL: what stands between the brackets, "" where the table has none; to be
 * freed. Returns 1, 0 where the statement has another form and nothing is to be freed, -1 with the
 * error set.
 */
int pg_copy_statement_columns(const char *statement, char **columns);

#endif
