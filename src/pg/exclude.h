/*
 * Telling pg_dump exactly which tables' rows to leave out: its --exclude-table-data takes patterns.
 */
#ifndef PG_EXCLUDE_H
#define PG_EXCLUDE_H

#include <stddef.h>

/* A table by its names as the catalog has them, unquoted, in the encoding that pg_dump talks to the
 * server in: its archive's. */
struct pg_table_name {
    const char *schema;
    const char *name;
};

/*
 * An option for each table, which matches it and no other. What would take more than max_bytes of a
 * command line is left out, from some table on. Returns a NULL-ended list for pg_exclude_free(), or
 * NULL with the error set.
 *
 * pg_dump asks the server three times for each option, and PostgreSQL 18 looks through all of
 * pg_class for it: leaving out a table of a few rows costs more than dumping it.
 */
char **pg_exclude_options(const struct pg_table_name *tables, size_t n, size_t max_bytes);
void pg_exclude_free(char **options);

#endif
