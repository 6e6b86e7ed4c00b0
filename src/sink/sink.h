/*
 * Where a drop goes: one interface, several kinds of target.
 *
 * A sink takes the drop's bytes in turn. Only sink_commit() makes it a drop under its final name;
 * a sink that is freed without leaves nothing behind (but standard output, which cannot be taken
 * back: the truncated drop there is refused by whoever opens it). One thread uses a sink.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/stream.h"

struct sink;

/*
 * Opens a place for a drop of this name: "-" is standard output, else it is the path of a file, or
 * of a folder that the drop goes into. Of a drop that comes in parts it takes one, whose number,
 * from 1, ends the file's name (base/part.h); 0: all of the drop. Returns the sink, to be freed, or
 * NULL with the error set.
 */
struct sink *sink_open(const char *place, const char *name, unsigned part);

struct writer sink_writer(struct sink *s);

/* Delivers: blocks until the drop lasts there. Returns 0, or -1 with the error set. */
int sink_commit(struct sink *s);

/* NULL is fine. */
void sink_free(struct sink *s);

#endif
