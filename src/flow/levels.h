/*
 * The level at which rows are compressed where the user has not said: chosen for each table, by
 * what becomes of its first chunk.
 */
#ifndef FLOW_LEVELS_H
#define FLOW_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "archive/chunk.h"

#define LEVELS_N (1 + CHUNK_TRIALS_MAX)

/* In place of a level: rows are hashed and not compressed, and nothing but records comes out. */
#define LEVELS_HASH_ONLY (-1)

/* The choices, the fastest first, and which serves as long as nothing was tried: for all of a table
 * that is read as a whole. */
extern const struct chunk_level levels[LEVELS_N];
#define LEVELS_UNTRIED 1

/* The place of the best, given what each makes of the same rows, in bytes: the fastest of those
 * that come within 3 % of the smallest. */
size_t levels_choose(const uint64_t sizes[LEVELS_N]);

#endif
