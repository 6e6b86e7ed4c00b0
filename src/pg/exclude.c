/*
 * In a pattern double quotes take all special meaning from what is in them.
 *
 * One pattern for several tables ("a"|"b") would save round trips, but costs the server more: it
 * matches every table of the database with it, where up to PostgreSQL 17 it finds a single one by
 * an index. 2,000 tables took 15 s instead of 3.
 */
#include "pg/exclude.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"

static int add_quoted(struct buf *b, const char *before, const char *name)
{
    int rc = buf_printf(b, "%s\"", before);

    for (; rc == 0 && *name != '\0'; name++)
        rc = buf_add(b, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    return rc == 0 ? buf_add_text(b, "\"") : rc;
}

static int make_option(struct buf *b, const struct pg_table_name *table)
{
    if (add_quoted(b, "--exclude-table-data=", table->schema) != 0)
        return -1;
    return add_quoted(b, ".", table->name);
}

char **pg_exclude_options(const struct pg_table_name *tables, size_t n, size_t max_bytes)
{
    char **options = calloc(n + 1, sizeof(*options));
    struct buf b = {0};
    size_t bytes = 0;

    if (options == NULL)
        error_set("out of memory");
    for (size_t i = 0; options != NULL && i < n; i++) {
        if (make_option(&b, &tables[i]) != 0)
            goto fail;
        bytes += b.len + 1 + sizeof(*options);
        if (bytes > max_bytes)
            break;
        options[i] = buf_take(&b);
        if (options[i] == NULL)
            goto fail;
    }
    buf_free(&b);
    return options;

fail:
    buf_free(&b);
    pg_exclude_free(options);
    return NULL;
}

void pg_exclude_free(char **options)
{
    for (size_t i = 0; options != NULL && options[i] != NULL; i++)
        free(options[i]);
    free(options);
}
