#include "sink/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sink/kind.h"

#define FILE_PREFIX "file:"

/* The path of a target that is a file's. */
static const char *file_path(const char *target)
{
    size_t len = strlen(FILE_PREFIX);

    return strncmp(target, FILE_PREFIX, len) == 0 ? target + len : target;
}

int sink_check(const char *target)
{
    if (*file_path(target) == '\0')
        return error_set("an empty target: give a path, a folder, or - for standard output");
    if (strncmp(target, "taildrop:", strlen("taildrop:")) == 0)
        return error_set("target %s: this version does not send by Taildrop yet", target);
    return 0;
}

struct sink *sink_open(const char *target, const char *name)
{
    struct sink *s = calloc(1, sizeof(*s));
    int rc;

    if (s == NULL) {
        error_set("out of memory");
        return NULL;
    }
    if (strcmp(target, "-") == 0)
        rc = sink_open_stdout(s);
    else
        rc = sink_open_file(s, file_path(target), name);
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
