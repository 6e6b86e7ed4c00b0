/*
 * Which of the targets may still get the drop, and why the others do not. Any thread may use a
 * tally.
 */
#ifndef SINK_TALLY_H
#define SINK_TALLY_H

#include <stddef.h>

struct tally;

/* For the targets 0 to n - 1, as the user wrote them; the texts are kept, not copied. Returns NULL
 * with the error set. */
struct tally *tally_new(const char *const *texts, size_t n);
/* NULL is fine. */
void tally_free(struct tally *t);

/*
 * This target does not get the drop, for the reason that the calling thread's error says; only the
 * first time counts. Where no other may get it, the error becomes what tally_error() makes of it.
 * Returns how many may.
 */
size_t tally_fail(struct tally *t, size_t target);

/* Tells the user why this target does not get the drop, by the calling thread's error, where others
 * may still get it: that may take hours. */
void tally_tell(struct tally *t, size_t target);

/* Returns 0 where no target has failed, or -1 with the error set to all that did, each with its
 * reason. */
int tally_error(struct tally *t);

#endif
