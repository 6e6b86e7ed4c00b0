#include "flow/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

void failures_add(struct failures *f, int dump_id, const char *what, const char *why)
{
    struct failure *items;

    log_warn("%s%s%s", what, *what != '\0' ? ": " : "", why);
    f->all++;
    if (f->n == FAILURES_MOST)
        return;
    items = realloc(f->items, (f->n + 1) * sizeof(*items));
    if (items == NULL)
        return;
    f->items = items;
    items[f->n] = (struct failure){.dump_id = dump_id, .what = strdup(what), .why = strdup(why)};
    if (items[f->n].what != NULL && items[f->n].why != NULL) {
        f->n++;
        return;
    }
    free(items[f->n].what);
    free(items[f->n].why);
}

bool failures_has(const struct failures *f, int dump_id)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].dump_id == dump_id)
            return true;
    return false;
}

int failures_error(const struct failures *f)
{
    const struct failure *last = &f->items[f->n - 1];

    return error_set("%s%s%s", last->what, *last->what != '\0' ? ": " : "", last->why);
}

void failures_free(struct failures *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->items[i].what);
        free(f->items[i].why);
    }
    free(f->items);
    *f = (struct failures){0};
}
