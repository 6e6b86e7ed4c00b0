/*
 * What is read as one unit of work: the tables cut into chunks, in the archive's order.
 */
#ifndef FLOW_PLAN_H
#define FLOW_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pg/tables.h"

/* About what a chunk takes on the server's disk, TOAST included, in bytes. */
#define PLAN_CHUNK_BYTES (8 * 1024 * 1024)

struct plan_chunk {
    uint32_t table; /* its place in the tables */
    uint32_t first_page;
    uint32_t end_page; /* the one behind the last; UINT32_MAX: to the table's end */
};

struct plan {
    struct plan_chunk *chunks;
    size_t n;
    uint64_t bytes; /* of all tables, as measured */
};

struct plan_limits {
    bool can_cut;      /* whether the server can read a range of pages: PostgreSQL 14 and later */
    size_t most_locks; /* that reading tables in parts may take, their indexes' */
};

/*
 * A table is one chunk; a large heap is cut into several, the largest first, for as long as locks
 * are left. Returns 0, or -1 with the error set; plan_free() is due after 0.
 */
int plan_make(struct plan *plan, const struct pg_tables *tables, const struct plan_limits *limits);
void plan_free(struct plan *plan);

/* Whether the chunk is a part of its table only. */
bool plan_is_part(const struct plan_chunk *chunk);

/* The share of its table's bytes. */
uint64_t plan_chunk_bytes(const struct plan_chunk *chunk, const struct pg_table *table);

#endif
