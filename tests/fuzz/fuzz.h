/*
 * For the fuzz targets: each hands bytes that anyone may have made to one parser, which must refuse
 * them or take them, but neither crash, leak, nor read beyond them.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Whatever holds for every input; where it does not, the fuzzer keeps the input. */
static inline void always(bool holds)
{
    if (!holds)
        abort();
}

struct fuzz_input {
    const uint8_t *data;
    size_t len;
    size_t step; /* give out at most so many bytes at a time */
    bool ended;
};

static inline ssize_t fuzz_read(void *self, void *buf, size_t len)
{
    struct fuzz_input *input = self;

    always(len > 0 && !input->ended);
    if (len > input->step)
        len = input->step;
    if (len > input->len)
        len = input->len;
    if (len > 0)
        memcpy(buf, input->data, len);
    input->data += len;
    input->len -= len;
    input->ended = len == 0;
    return (ssize_t)len;
}

static inline struct reader fuzz_reader(struct fuzz_input *input)
{
    return (struct reader){.read = fuzz_read, .self = input};
}

/* Reads to the end or a failure, with reads of `step` bytes. Returns 0 or -1. */
static inline int fuzz_drain(struct reader in, size_t step)
{
    static unsigned char buf[128 * 1024];
    ssize_t got;

    always(step <= sizeof(buf));
    while ((got = in.read(in.self, buf, step)) > 0)
        always((size_t)got <= step);
    return (int)got;
}

#endif
