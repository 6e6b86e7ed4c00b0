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
 * Options that match these tables and no other; several tables of one schema in a row share one,
 * since pg_dump asks the server for each option. Tables whose options would take more than
 * max_bytes of the command line are left out from some table on. Returns a NULL-ended list for
 * pg_exclude_free(), or NULL with the error set.
 */
char **pg_exclude_options(const struct pg_table_name *tables, size_t n, size_t max_bytes);
void pg_exclude_free(char **options);

#endif
