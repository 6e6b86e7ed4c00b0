#include "sink/targets.h"

#include <stdlib.h>

#include "base/error.h"
#include "sink/sink.h"

struct targets {
    size_t n;
    const char *const *texts;
    uint64_t bytes;
    struct sink *sinks[];
};

struct targets *targets_open(const char *const texts[], size_t n, const char *name)
{
    struct targets *t = calloc(1, sizeof(*t) + n * sizeof(t->sinks[0]));

    if (t == NULL) {
        error_set("out of memory");
        return NULL;
    }
    t->n = n;
    t->texts = texts;
    for (size_t i = 0; i < n; i++) {
        t->sinks[i] = sink_open(texts[i], name);
        if (t->sinks[i] == NULL) {
            error_add_context("target %s", texts[i]);
            targets_free(t);
            return NULL;
        }
    }
    return t;
}

static int write_to_all(void *self, const void *buf, size_t len)
{
    struct targets *t = self;

    for (size_t i = 0; i < t->n; i++) {
        struct writer w = sink_writer(t->sinks[i]);

        if (writer_put(&w, buf, len) != 0)
            return error_add_context("target %s", t->texts[i]);
    }
    t->bytes += len;
    return 0;
}

struct writer targets_writer(struct targets *t)
{
    return (struct writer){.write = write_to_all, .self = t};
}

uint64_t targets_bytes(const struct targets *t)
{
    return t->bytes;
}

int targets_commit(struct targets *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (sink_commit(t->sinks[i]) != 0)
            return error_add_context("target %s", t->texts[i]);
    return 0;
}

void targets_free(struct targets *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->n; i++)
        sink_free(t->sinks[i]);
    free(t);
}
