/*
 * What pg_restore --verbose says on standard error, in English, taken apart as it comes: its errors
 * with the entries that they are of, its warnings, and how far it is.
 *
 *     pg_restore: while PROCESSING TOC:
 *     pg_restore: from TOC entry 215; 1259 16385 TABLE foo owner
 *     pg_restore: error: could not execute query: ERROR:  relation "foo" already exists
 *     Command was: CREATE TABLE public.foo (
 *         a integer
 *     );
 *
 * With --jobs the lines of several processes follow each other, and parts of them: an error may
 * then, rarely, be told with another's entry. A command is quoted as it is: a line in it that looks
 * like a message is taken for one, so that what is told is for people to read.
 */
#ifndef PG_PGRESTORE_ERRORS_H
#define PG_PGRESTORE_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stream.h"

/* The most that is told of one message, in bytes. */
#define PG_RESTORE_MESSAGE_MAX 2048

/* Who is told; a function that is NULL is not called. The texts are one line each, and gone when
 * the function returns. */
struct pg_restore_observer {
    /* An error: of the entry with this dump id, or 0 where it comes before any. `message` is what
     * is wrong, with DETAIL, HINT and the like behind it, but without the command. */
    void (*failed)(void *self, int dump_id, const char *message);
    /* A warning of pg_restore's own. */
    void (*warned)(void *self, const char *message);
    /* One more entry: begun, or, where several workers load at once, done. `what` is its kind and
     * name, quoted or not: of a name that has a line end in it the beginning. */
    void (*stepped)(void *self, const char *what);
    void *self;
};

struct pg_restore_errors;

/* Returns NULL with the error set. */
struct pg_restore_errors *pg_restore_errors_new(struct pg_restore_observer observer);

/* Takes what was said, in any pieces, for child_listen(); it never fails. */
struct writer pg_restore_errors_writer(struct pg_restore_errors *e);

/* All was said: the last message is complete. */
void pg_restore_errors_end(struct pg_restore_errors *e);

/* How many errors were told. Those that mean nothing were not: a pg_restore that is newer than the
 * server cannot set transaction_timeout, in each of its sessions. pg_restore's own number is
 * another with --jobs: it counts some of them several times. */
size_t pg_restore_errors_told(const struct pg_restore_errors *e);

/*
 * For a pg_restore that has failed (child_wait() tells): whether it gave up before its end, since
 * it did not say as its last word how many errors it ignored. Where it did, all errors were told;
 * if there are none, the restore is as good as one that succeeded.
 */
bool pg_restore_errors_gave_up(const struct pg_restore_errors *e);

/* NULL is fine. */
void pg_restore_errors_free(struct pg_restore_errors *e);

#endif
