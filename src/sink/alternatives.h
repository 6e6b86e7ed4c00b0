/*
 * What one target may be: several places, of which the first that works gets the drop.
 */
#ifndef SINK_ALTERNATIVES_H
#define SINK_ALTERNATIVES_H

#include <stdbool.h>
#include <stddef.h>

struct alternative {
    char *text;        /* as the user wrote it; owned */
    bool is_taildrop;  /* else a file, or standard output */
    const char *place; /* in `text`: the machine's name, the file's path, or "-" */
};

struct alternatives {
    struct alternative *items;
    size_t n; /* at least 1 */
};

/*
 * Reads a target as the user wrote it, without touching anything: "taildrop:HOST", "file:PATH" or a
 * plain path for a file or a folder, several of them separated by commas, or "-" alone for standard
 * output. Returns 0, or -1 with the error set and nothing to clear.
 */
int alternatives_parse(struct alternatives *a, const char *target);
void alternatives_clear(struct alternatives *a);

/* Whether one of them needs the tailnet. */
bool alternatives_have_taildrop(const struct alternatives *a);

#endif
