/*
 * In a pattern double quotes take all special meaning from what is in them, and "|" outside of them
 * separates alternatives, as in the regular expression that pg_dump makes of it.
 */
#include "pg/exclude.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

/* Beyond this an option takes no further table: a longer expression takes the server longer, and
 * one argument may have 128 KiB on Linux. */
#define OPTION_BYTES 4096

static int add_quoted(struct buf *b, const char *before, const char *name)
{
    int rc = buf_printf(b, "%s\"", before);

    for (; rc == 0 && *name != '\0'; name++)
        rc = buf_add(b, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    return rc == 0 ? buf_add_text(b, "\"") : rc;
}

/* Fills the option with as many tables as belong in it. Returns how many, or 0 with the error
 * set. */
static size_t make_option(struct buf *b, const struct pg_table_name *tables, size_t n)
{
    size_t used = 0;

    if (add_quoted(b, "--exclude-table-data=", tables[0].schema) != 0)
        return 0;
    for (; used < n && b->len < OPTION_BYTES; used++) {
        if (strcmp(tables[used].schema, tables[0].schema) != 0)
            break;
        if (add_quoted(b, used == 0 ? "." : "|", tables[used].name) != 0)
            return 0;
    }
    return used;
}

char **pg_exclude_options(const struct pg_table_name *tables, size_t n, size_t max_bytes)
{
    char **options = calloc(n + 1, sizeof(*options));
    size_t bytes = 0;

    if (options == NULL)
        error_set("out of memory");
    for (size_t at = 0, count = 0; options != NULL && at < n; count++) {
        struct buf b = {0};
        size_t used = make_option(&b, tables + at, n - at);

        bytes += b.len + 1 + sizeof(*options);
        if (used > 0 && bytes > max_bytes) {
            buf_free(&b);
            break;
        }
        options[count] = used > 0 ? buf_take(&b) : NULL;
        if (options[count] == NULL) {
            buf_free(&b);
            pg_exclude_free(options);
            return NULL;
        }
        at += used;
    }
    return options;
}

void pg_exclude_free(char **options)
{
    for (size_t i = 0; options != NULL && options[i] != NULL; i++)
        free(options[i]);
    free(options);
}
