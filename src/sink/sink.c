#include "sink/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sink/kind.h"

struct sink *sink_open(const char *place, const char *name, unsigned part)
{
    struct sink *s = calloc(1, sizeof(*s));
    int rc;

    if (s == NULL) {
        error_set("out of memory");
        return NULL;
    }
    if (strcmp(place, "-") == 0)
        rc = sink_open_stdout(s);
    else
        rc = sink_open_file(s, place, name, part);
    if (rc != 0) {
        free(s);
        return NULL;
    }
    return s;
}

struct writer sink_writer(struct sink *s)
{
    return s->kind->writer(s->self);
}

int sink_commit(struct sink *s)
{
    return s->kind->commit(s->self);
}

void sink_free(struct sink *s)
{
    if (s == NULL)
        return;
    s->kind->free(s->self);
    free(s);
}
