#include "flow/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void failures_add(struct failures *f, const char *what, const char *why)
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
    items[f->n] = (struct failure){.what = strdup(what), .why = strdup(why)};
    if (items[f->n].what != NULL && items[f->n].why != NULL) {
        f->n++;
        return;
    }
    free(items[f->n].what);
    free(items[f->n].why);
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
