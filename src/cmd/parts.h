/*
 * The files that a drop is in: one, or the parts of one that was cut into NAME.001, NAME.002 and so
 * on (base/part.h).
 */
#ifndef CMD_PARTS_H
#define CMD_PARTS_H

#include <stddef.h>

/* Start with `struct parts parts = {0};`, end with parts_free(). */
struct parts {
    char **paths; /* in the order to be read; "-" is standard input, which is always alone */
    size_t count;
    char *name; /* for the user to see; NULL before parts_find() */
};

/*
 * Takes the words of argv from optind on: a drop, or parts of one in any order. Returns 0, or -1
 * with the error set: there is none, they do not belong together, or one that is there is left out.
 */
int parts_take(struct parts *parts, int argc, char **argv);

/*
 * Adds to a NAME.001 that is alone all parts that lie beside it. Then checks that of several none
 * is missing, and that each can be read. Returns 0, or -1 with the error set.
 */
int parts_find(struct parts *parts);

void parts_free(struct parts *parts);

#endif
