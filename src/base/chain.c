#include "base/chain.h"

/* Closes the file that has come to its end and opens the next. Returns 1, 0 where there is none, or
 * -1 with the error set. */
static int step(struct chain *chain)
{
    if (chain->at + 1 == chain->count)
        return 0;
    io_close(&chain->file);
    chain->at++;
    chain->given = 0;
    return io_open(&chain->file, chain->paths[chain->at]) == 0 ? 1 : -1;
}

static ssize_t chain_read(void *self, void *buf, size_t len)
{
    struct chain *chain = self;
    struct reader in = io_reader(&chain->file);
    ssize_t n;

    while ((n = in.read(in.self, buf, len)) == 0) {
        n = step(chain);
        if (n <= 0)
            break;
    }
    chain->ended = n == 0;
    chain->failed = n < 0;
    if (n > 0)
        chain->given += (uint64_t)n;
    return n;
}

int chain_open(struct chain *chain, char *const *paths, size_t count)
{
    *chain = (struct chain){.paths = paths, .count = count};
    return io_open(&chain->file, paths[0]);
}

struct reader chain_reader(struct chain *chain)
{
    return (struct reader){.read = chain_read, .self = chain};
}

void chain_close(struct chain *chain)
{
    io_close(&chain->file);
}
