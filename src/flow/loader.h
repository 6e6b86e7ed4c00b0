/*
 * One loader: a thread's work of taking chunks of rows out of the queue and into the database.
 */
#ifndef FLOW_LOADER_H
#define FLOW_LOADER_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "flow/meter.h"
#include "flow/queue.h"
#include "pg/load.h"

/* What all loaders share; it must outlive them. */
struct loader_shared {
    struct queue *queue;
    PGconn *control; /* connected by `conninfo`; loaders go to the same server */
    const char *conninfo;
    struct pg_load_session session;
    const char *const *statements; /* of each table of the queue, its COPY ... FROM stdin */
    bool stop_at_errors;           /* the first rows that are refused end it all */
    struct meter *meter;           /* or NULL */
};

struct loader;

/* Returns NULL with the error set. */
struct loader *loader_new(const struct loader_shared *shared);
void loader_free(struct loader *l);

/*
 * Connects, and loads until there are no more chunks or the queue has failed. Rows that the server
 * refuses, or that are not what their chunk's record says, are refused to the queue; a connection
 * that cannot be had anew fails it.
 */
void loader_run(struct loader *l);

#endif
