#include "pg/copy_statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* The first of these characters outside of quoted identifiers, or the text's end. */
static const char *find_outside_quotes(const char *text, const char *wanted)
{
    for (; *text != '\0' && strchr(wanted, *text) == NULL; text++)
        if (*text == '"') {
            text = strchr(text + 1, '"');
            if (text == NULL)
                return ""; /* a quote inside is doubled: one identifier looks like two */
        }
    return text;
}

int pg_copy_statement_columns(const char *statement, char **columns)
{
    static const char begin[] = "COPY ", end[] = " FROM stdin;\n";
    const char *name = statement + sizeof(begin) - 1, *name_end, *list = "", *list_end = list;

    if (strncmp(statement, begin, sizeof(begin) - 1) != 0)
        return 0;
    name_end = find_outside_quotes(name, " (");
    if (name_end == name || *name_end != ' ')
        return 0;
    if (name_end[1] == '(') {
        list = name_end + 2;
        list_end = find_outside_quotes(list, "()");
        if (*list_end != ')' || list_end == list || strcmp(list_end + 1, end) != 0)
            return 0;
    } else if (name_end[1] != ' ' || strcmp(name_end + 1, end) != 0) {
        return 0; /* where there are no columns, nothing stands between two spaces */
    }
    *columns = strndup(list, (size_t)(list_end - list));
    return *columns != NULL ? 1 : error_set("out of memory");
}
