/*
 * The progress of a dump or a restore, told on standard error while it goes on: a bar on a
 * terminal, else a line now and then. A phase that is over before a line is due has none.
 *
 * The counting functions take a NULL meter, never block for long and never fail. Any thread may
 * call them, but none before meter_new() has returned or after meter_free() has begun.
 */
#ifndef FLOW_METER_H
#define FLOW_METER_H

#include <stdint.h>

#include "flow/meter_phase.h"

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
 * 1 to 86400. It is METER_READING until another phase begins. Returns NULL where nothing is to be
 * told; having no meter is no error. Until meter_free() what others write to standard error
 * themselves, not by log.h, would mix with a bar.
 */
struct meter *meter_new(enum meter_form form, int line_s);

/*
 * From now on it is this phase, with so much to do, in its unit; 0: that is not known. What is
 * done, finished tables, speeds, percent and time left begin anew, and nothing is in hand; seconds,
 * rows and their text go on. What other threads count during this call may go to either phase. Not
 * for METER_DELIVERING, which meter_deliver() begins, and not after that.
 */
void meter_phase(struct meter *m, enum meter_phase phase, uint64_t expected);

/* Adds to what there is to do in this phase, in its unit. All of it is to be known before much is
 * done: what is told never goes back, even if the estimate grows. */
void meter_expect(struct meter *m, uint64_t more);

/* So much of what was expected is done, in the phase's unit: bytes, or 1 for an object. */
void meter_done(struct meter *m, uint64_t more);

/* Rows have come from the database, or have been loaded in METER_ROWS: so many, of so many bytes of
 * text. Cheap: two atomic adds. */
void meter_read(struct meter *m, uint64_t rows, uint64_t bytes);

/* The drop has grown by so many bytes. For METER_READING; in the phases after it the drop's bytes
 * are what is done. */
void meter_written(struct meter *m, uint64_t bytes);

/* The table in hand is this one from now on, and the one before is finished; NULL: there is none.
 * The names are copied. */
void meter_table(struct meter *m, const char *schema, const char *name);

/* The object in hand is this one from now on; NULL: there is none. For METER_SCHEMA and
 * METER_INDEXES, where meter_done() tells when it is done: several may be in hand at once, and the
 * one named last is shown. `schema` may be NULL. The names are copied. */
void meter_item(struct meter *m, const char *schema, const char *name);

/*
 * All is read: METER_DELIVERING, a run's last phase. It tells how many of the drop's bytes the
 * targets have, which it asks for in its own thread until meter_free(); UINT64_MAX where there is
 * nothing to tell of.
 */
void meter_deliver(struct meter *m, uint64_t bytes, uint64_t (*delivered)(void *self), void *self);

/* Stops telling, takes the bar away and frees. NULL is fine. */
void meter_free(struct meter *m);

#endif
