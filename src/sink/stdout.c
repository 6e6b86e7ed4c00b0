/*
 * A drop to standard output.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "sink/kind.h"

static struct writer stdout_writer(void *self)
{
    return io_writer(self);
}

static int stdout_commit(void *self)
{
    (void)self;
    return 0;
}

static const struct sink_kind stdout_kind = {stdout_writer, stdout_commit, free};

int sink_open_stdout(struct sink *s)
{
    struct io_file *file = malloc(sizeof(*file));

    if (file == NULL)
        return error_set("out of memory");
    *file = (struct io_file){.fd = STDOUT_FILENO, .name = "standard output"};
    s->kind = &stdout_kind;
    s->self = file;
    return 0;
}
