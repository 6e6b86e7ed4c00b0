/*
 * Several files read one behind the other as one stream. One of them is open at a time.
 */
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/io.h"
#include "base/stream.h"

struct chain {
    char *const *paths;
    size_t count;
    size_t at;      /* which is being read */
    uint64_t given; /* bytes of that one that were given out */
    bool ended;     /* the last one has come to its end */
    bool failed;    /* one could not be opened or read, or a signal came */
    struct io_file file;
};

/*
 * Opens the first of count (> 0) files, each as io_open() does. The paths must outlive the chain,
 * which must not be moved. Returns 0, or -1 with the error set; chain_close() is due in both cases.
 */
int chain_open(struct chain *chain, char *const *paths, size_t count);

/* The reader, which blocks as io_reader() does. The error names the file. */
struct reader chain_reader(struct chain *chain);

void chain_close(struct chain *chain);

#endif
