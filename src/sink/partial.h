/*
 * A file that is whole or not there: written as NAME.partial, synced to disk, then renamed.
 *
 * Two writers of one name do not mix: NAME.partial is locked while it is written, and the second
 * gets an error. One that a killed program left behind makes way.
 */
#ifndef SINK_PARTIAL_H
#define SINK_PARTIAL_H

#include <stdint.h>

#include "base/stream.h"

struct partial;

/* Begins to write `path`, with mode 0600. What is there and no regular file is refused, under this
 * name and, symbolic links too, under that of the partial file.
 * Returns NULL with the error set. */
struct partial *partial_create(const char *path);

/* Takes the bytes in turn. */
struct writer partial_writer(struct partial *p);

/* What is written next goes over what stands at this position, in bytes from the start. Returns 0,
 * or -1 with the error set. */
int partial_seek(struct partial *p, uint64_t position);

/* Gives the file its final name, which lasts, also if the power fails now. Blocks until the disk
 * has it. Returns 0, or -1 with the error set and the final name as it was (only where the folder
 * is what could not be synced, the file has its final name already). */
int partial_commit(struct partial *p);

/* Frees, and removes what was not committed. NULL is fine. */
void partial_free(struct partial *p);

#endif
