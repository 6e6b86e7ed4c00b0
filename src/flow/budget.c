#include "flow/budget.h"

#include <string.h>

#include "base/error.h"
#include "flow/levels.h"

#define MIB (1024 * 1024)

/* The program, its libraries, the table of contents, the encoder of what pg_dump writes. */
#define FIXED (24 * MIB)

/* Below this much nothing would run at the same time. */
#define LEAST_WINDOW    (4 * MIB)
#define LEAST_LARGE_ROW (1 * MIB)

#define MOST_WINDOW    (64 * MIB)
#define MOST_LARGE_ROW (16 * MIB)

/* libpq holds all of a connection's row, and a little more. */
static uint64_t row_memory(uint64_t row)
{
    return (row * 11 + 9) / 10;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Of a worker's encoder. Its first context becomes as large as the highest level it is used for. */
static uint64_t encoder_memory(int level)
{
    const struct chunk_level given = {.level = level};
    struct chunk_level tried[LEVELS_N];

    if (level == LEVELS_HASH_ONLY)
        return chunk_encoder_memory(NULL, 0);
    if (level > 0)
        return chunk_encoder_memory(&given, 1);
    memcpy(tried, levels, sizeof(tried));
    tried[0] = levels[LEVELS_N - 1];
    return chunk_encoder_memory(tried, LEVELS_N);
}

int budget_make(struct budget *budget, uint64_t memory, int jobs, int level)
{
    uint64_t encoder = encoder_memory(level), fixed = FIXED, each, rest;

    if (encoder == 0)
        return -1;
    if (level > 0)
        fixed += encoder; /* what pg_dump writes is compressed at the level, too */
    each = encoder + row_memory(LEAST_LARGE_ROW);
    if (memory < fixed + LEAST_WINDOW + each)
        return error_set("%llu MB of memory are too few: it takes at least %llu at this level",
                         (unsigned long long)(memory / MIB),
                         (unsigned long long)((fixed + LEAST_WINDOW + each) / MIB + 1));
    rest = memory - fixed - LEAST_WINDOW;
    budget->jobs = (int)least((uint64_t)jobs, rest / each);
    rest = memory - fixed - (uint64_t)budget->jobs * encoder;
    budget->window = (size_t)least(least(rest / 3, MOST_WINDOW),
                                   rest - (uint64_t)budget->jobs * row_memory(LEAST_LARGE_ROW));
    if (budget->window < LEAST_WINDOW)
        budget->window = LEAST_WINDOW;
    rest = (rest - budget->window) / (uint64_t)budget->jobs;
    budget->large_row = (size_t)least(rest * 10 / 11, MOST_LARGE_ROW);
    return 0;
}
