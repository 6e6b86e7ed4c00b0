/*
 * What a kind of sink provides; for the files of this folder only.
 */
#ifndef SINK_KIND_H
#define SINK_KIND_H

#include "sink/sink.h"

struct sink_kind {
    struct writer (*writer)(void *self);
    int (*commit)(void *self);
    void (*free)(void *self);
};

struct sink {
    const struct sink_kind *kind;
    void *self;
};

/* Each opens its kind of target and fills in `s`. Returns 0, or -1 with the error set. */
int sink_open_file(struct sink *s, const char *path, const char *name, unsigned part);
int sink_open_stdout(struct sink *s);

#endif
