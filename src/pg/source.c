#include "pg/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "pg/conninfo.h"

/* The value of the first variable that is set, or NULL with the error set. *name, to be freed, is
 * the variable's. */
static const char *find_variable(const char *names, const char *option, char **name)
{
    const char *at = names;

    while (*at != '\0') {
        size_t len = strcspn(at, ",");
        const char *value;

        *name = strndup(at, len);
        if (*name == NULL) {
            error_set("out of memory");
            return NULL;
        }
        value = getenv(*name);
        if (value != NULL && *value != '\0')
            return value;
        free(*name);
        *name = NULL;
        at += len + (at[len] == ',');
    }
    error_set("no database: %s is not set; give %s a postgres URL or the name of a variable that "
              "holds one",
              names, option);
    return NULL;
}

char *pg_source_resolve(const char *choice, const char *option)
{
    const char *conninfo = choice;
    char *name = NULL, *copy = NULL;

    if (!pg_conninfo_is_one(choice))
        conninfo = find_variable(choice, option, &name);
    if (conninfo == NULL)
        return NULL;
    if (!pg_conninfo_is_one(conninfo))
        error_set("it holds no postgres URL or connection string");
    else if (pg_conninfo_check(conninfo) == 0 && (copy = strdup(conninfo)) == NULL)
        error_set("out of memory");
    if (copy == NULL && name != NULL)
        error_add_context("variable %s", name);
    free(name);
    return copy;
}
