/*
 * How many jobs the memory allows, and what each part may hold of it.
 */
#ifndef FLOW_BUDGET_H
#define FLOW_BUDGET_H

#include <stddef.h>
#include <stdint.h>

struct budget {
    int jobs;
    size_t window;    /* bytes that wait in the window */
    size_t large_row; /* a row of more bytes is read by one connection at a time */
};

/*
 * Divides `memory`, in bytes, among up to `jobs` (at least one) that compress at this level
 * of zstd (0: chosen for each table; or LEVELS_HASH_ONLY). Where the memory is too small for all of
 * them there are fewer, and one always. Returns 0, or -1 with the error set: not even one fits.
 */
int budget_make(struct budget *budget, uint64_t memory, int jobs, int level);

#endif
