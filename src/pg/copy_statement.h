/*
 * The statement that stands in pg_dump's table of contents for a table's rows:
 * "COPY schema.table (column, column) FROM stdin;\n", identifiers quoted where need be.
 *
 * Specified by dumpTableData() in PostgreSQL's src/bin/pg_dump/pg_dump.c.
 */
#ifndef PG_COPY_STATEMENT_H
#define PG_COPY_STATEMENT_H

/*
 * Takes it apart, as SQL: the table's name with its schema, and the columns between their brackets,
 * "" where the table has none; both to be freed. Returns 1, 0 where it has another form and nothing
 * is to be freed, -1 with the error set.
 */
int pg_copy_statement_parse(const char *statement, char **table, char **columns);

#endif
