#include "flow/levels.h"

/*
 * Numbers, times and digests come out smallest at level 1. Names and prose need shorter matches
 * than it looks for: with those it comes near level 3 on most tables, at three quarters of its
 * time (bench/RESULTS.md).
 */
const struct chunk_level levels[LEVELS_N] = {
    {.level = 1},
    {.level = 1, .window_log = 20, .hash_log = 17, .min_match = 5},
    {.level = 3},
};

size_t levels_choose(const uint64_t sizes[LEVELS_N])
{
    uint64_t smallest = sizes[0];
    size_t at = 0;

    for (size_t i = 1; i < LEVELS_N; i++)
        if (sizes[i] < smallest)
            smallest = sizes[i];
    while (sizes[at] * 97 > smallest * 100)
        at++;
    return at;
}
