/*
 * The spool: the drop's bytes, which are ciphertext, in files of a folder, from where one or more
 * readers send them on at their own pace. The writer, and with it the database, never waits for
 * them until the folder is full.
 *
 * What the folder has room for goes into one file. A larger drop is cut into parts, each a file of
 * its own that goes as soon as every reader has delivered it; a full folder then makes the writer
 * wait. A part may be smaller than the others where the folder was full earlier than expected;
 * the parts in turn are the drop. No file has a name: nothing is left of a program that is killed.
 *
 * Of a file only what was written or read last stays in the page cache, some 40 MiB at each place:
 * a large drop takes little memory, however slow the readers are.
 *
 * Here is the one place of this folder where threads meet: one thread writes, and each reader is
 * one thread. All fail once spool_stop() was called, and once a signal asks the program to stop
 * (base/interrupt.h): those that wait come back within a quarter of a second.
 */
#ifndef SINK_SPOOL_H
#define SINK_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/stream.h"

struct spool;

/* For the readers 0 to n_readers - 1, at least one. The folder must be there, and one to make files
 * in; none is made before the first byte. Returns NULL with the error set. */
struct spool *spool_new(const char *folder, size_t n_readers);
/* To be called when no thread uses it any more. Gives all room back. NULL is fine. */
void spool_free(struct spool *s);

/* For all. Makes every other call fail, with the calling thread's error if it is the first. */
void spool_stop(struct spool *s);

/* For the writer. */

/*
 * Decides, before the first byte, whether there are parts and how large they are: of `part_size`
 * bytes, or where that is 0 of about a quarter of the free room, 1 MiB to 4 GiB, unless a drop of
 * up to `upper` bytes fits into the folder with some to spare; then it is one file. Tells the user
 * where it does not. Without a plan it is one file. Returns 0, or -1 with the error set: there is
 * no room even for a part, or the first byte was written.
 */
int spool_plan(struct spool *s, uint64_t upper, uint64_t part_size);
/* Other threads may ask once spool_await_part() has returned. */
bool spool_has_parts(const struct spool *s);

/*
 * Takes the bytes in turn. Where there are parts and the folder is full it waits, tells the user so
 * the first time, and goes on as parts are delivered. It fails where the folder is full and there
 * are no parts, and where nothing is left that could be delivered and there is still no room for 5
 * seconds: something else has taken it.
 */
struct writer spool_writer(struct spool *s);
/* No more bytes will come. Returns 0, or -1 with the error set. */
int spool_finish(struct spool *s);
/* Whether there is a reader that may still want what is written. Any thread may ask. */
bool spool_is_read(struct spool *s);
/* How many bytes were written. Any thread may ask. */
uint64_t spool_bytes(struct spool *s);

/* For readers. Parts have numbers from 0; one file is the part 0. Each returns -1 with the error
 * set where the spool was stopped, or a signal came. */

/* Waits until the part has begun or the drop has ended. Returns 1 where there is the part, 0 where
 * there is none. */
int spool_await_part(struct spool *s, size_t reader, size_t index);

enum spool_state {
    SPOOL_LATER, /* more will come */
    SPOOL_END,   /* the part is complete, and has nothing more */
};

/* Reads 1 to len bytes (len > 0) at `offset` of a part that the reader is not done with. Never
 * waits for the writer. Returns how many; 0 where there are none, and *state says why. */
ssize_t spool_read(struct spool *s, size_t index, uint64_t offset, void *buf, size_t len,
                   enum spool_state *state);

/* Waits until the part has bytes behind `offset` or is complete, for at most timeout_ms (-1: for
 * ever). Returns 0; spool_read() tells which it was. */
int spool_wait(struct spool *s, size_t index, uint64_t offset, int timeout_ms);

/* Returns a descriptor of the file that has the part, which stays the spool's and is to be read
 * with pread() only, with its size, once the part is complete; -1 where it is not, or the error is
 * for spool_read() to tell. For a reader that is not done with the part. */
int spool_file(struct spool *s, size_t index, uint64_t *size);

/* To be called when the reader has taken the part's bytes from one place to another, so that they
 * leave the page cache; it may take them again. For a reader that is not done with the part. */
void spool_passed(struct spool *s, size_t index, uint64_t from, uint64_t to);

/* Instead of a part's number: all there are and will be. */
#define SPOOL_ALL SIZE_MAX

/*
 * The reader has delivered the part, or given up on it for ever, and every earlier one with it; it
 * reads none of them again. A part that all readers are done with is closed, which gives its room
 * back. A reader that will never read again says SPOOL_ALL, so that nobody waits for it.
 */
void spool_done(struct spool *s, size_t reader, size_t index);

#endif
