/*
 * What of a restore has failed, object by object, while the rest went on.
 */
#ifndef FLOW_FAILURES_H
#define FLOW_FAILURES_H

#include <stdbool.h>
#include <stddef.h>

struct failure {
    int dump_id; /* of the entry of the table of contents; 0: of none */
    char *what;  /* "TABLE public.orders"; "" where it is no object */
    char *why;
};

/* Begins as {0}; failures_free() is due. */
struct failures {
    struct failure *items; /* the first FAILURES_MOST of them */
    size_t n;
    size_t all; /* how many there were */
};

#define FAILURES_MOST 10000

/* Takes note of one; both texts are copied. Tells it in the log. Where there is no memory for it,
 * it only counts. */
void failures_add(struct failures *f, int dump_id, const char *what, const char *why);

/* Whether an entry is among those that are noted. */
bool failures_has(const struct failures *f, int dump_id);

/* Sets the error to the one noted last; there is one. Always returns -1. */
int failures_error(const struct failures *f);

void failures_free(struct failures *f);

#endif
