/*
 * The progress of a dump, told on standard error while it goes on: a bar on a terminal, else a
 * line now and then.
 *
 * The counting functions take a NULL meter, never block for long and never fail. Any thread may
 * call them, but none before meter_new() has returned or after meter_free() has begun.
 */
#ifndef FLOW_METER_H
#define FLOW_METER_H

#include <stdint.h>

enum meter_form {
    METER_AUTO, /* a bar where standard error is a terminal, else lines */
    METER_NONE,
    METER_BAR, /* lines, if the terminal is one that cannot overwrite a line */
    METER_LOG, /* lines of logfmt, also while nothing gets on */
};

/* Between two lines, as a rule. */
#define METER_LINE_S 10

struct meter;

/*
 * Starts to tell, in a thread of its own that no signal reaches; lines come every `line_s` seconds,
 * 1 to 86400. Returns NULL where nothing is to be told; having no meter is no error. Until
 * meter_free() what others write to standard error themselves, not by log.h, would mix with a bar.
 */
struct meter *meter_new(enum meter_form form, int line_s);

/* Adds to what there is to do: an estimate, in bytes of relations. All of it is to be known before
 * much is done: what is told never goes back, even if the estimate grows. */
void meter_expect(struct meter *m, uint64_t bytes);

/* So much of what was expected is done. */
void meter_done(struct meter *m, uint64_t bytes);

/* Rows have come from the database: so many, of so many bytes of text. Cheap: two atomic adds. */
void meter_read(struct meter *m, uint64_t rows, uint64_t bytes);

/* The drop has grown by so many bytes. */
void meter_written(struct meter *m, uint64_t bytes);

/* The table in hand is this one from now on, and the one before is finished; NULL: there is none.
 * The names are copied. */
void meter_table(struct meter *m, const char *schema, const char *name);

/*
 * All is read. From now on it tells how many of the drop's bytes the targets have, which it asks
 * for in its own thread until meter_free(); UINT64_MAX where there is nothing to tell of.
 */
void meter_deliver(struct meter *m, uint64_t bytes, uint64_t (*delivered)(void *self), void *self);

/* Stops telling, takes the bar away and frees. NULL is fine. */
void meter_free(struct meter *m);

#endif
