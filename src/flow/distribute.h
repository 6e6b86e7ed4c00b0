/*
 * The data of an archive on its way into a database: the blocks whose rows the loaders take are cut
 * into their chunks, the others go on to pg_restore, as an archive of their own.
 */
#ifndef FLOW_DISTRIBUTE_H
#define FLOW_DISTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/reader.h"
#include "archive/summary.h"
#include "archive/writer.h"
#include "flow/meter.h"
#include "flow/queue.h"

enum route_kind {
    ROUTE_NOWHERE,
    ROUTE_LOADERS,
    ROUTE_PG_RESTORE,
};

/* Where the block of a table of contents' entry goes. */
struct route {
    enum route_kind kind;
    size_t table; /* of the queue, for loaders */
};

struct distribute {
    struct archive_reader *archive; /* before its first block */
    struct archive_block block;     /* found by distribute_begin() */
    int more;                       /* as archive_reader_next_block() returned it */
    bool has_records;               /* it is a drop's, whose chunks have records */

    /* To be filled in before distribute_run(): */
    struct toc *toc;               /* the entries that routes belong to */
    const struct route *routes;    /* one for each */
    struct queue *queue;           /* or NULL where no route leads there */
    struct archive_writer *writer; /* the same */
    struct meter *meter;           /* or NULL */

    /* What each block that went to loaders or to pg_restore amounts to, in the archive's order: of
     * those for loaders what their records say, of the others rows and bytes. */
    struct archive_summary found;
};

/* Begins {.archive = ...}; distribute_clear() is due. Reads as far as is needed to know whether
 * there are chunk records, which loaders need. Returns 0, or -1 with the error set. */
int distribute_begin(struct distribute *d);

/*
 * Reads the archive to its end and puts each block where its route leads. Checks that none is
 * missing, and of a drop that those it has put somewhere are what its summary says. Behind that the
 * queue is not closed yet, and the writer finished. Returns 0, or -1 with the error set. Blocks as
 * source, queue and writer do.
 */
int distribute_run(struct distribute *d);

void distribute_clear(struct distribute *d);

#endif
