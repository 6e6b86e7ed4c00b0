/*
 * Reading and writing descriptors, in a way that SIGINT, SIGTERM and SIGHUP end (interrupt.h).
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/stream.h"

/* A descriptor and what to call it in messages. Neither is owned. */
struct io_file {
    int fd;
    const char *name;
};

/* Waits until fd is ready for events (POLLIN, POLLOUT), for at most timeout_ms (-1: for ever).
 * Returns 1 when it is, 0 when the time is over, -1 with the error set (interrupted). */
int io_wait(int fd, short events, int timeout_ms);

/* As struct reader and struct writer have it. `f` must outlive what they return. */
struct reader io_reader(struct io_file *f);
struct writer io_writer(struct io_file *f);

/* Writes an answer to standard output. Returns 0, or -1 with the error set. */
int io_print(const void *data, size_t len);

/* Opens a file to read; "-" is standard input, which io_close() leaves open. Fills in `f`; `path`
 * must outlive it. Directories are refused. Returns 0, or -1 with the error set. */
int io_open(struct io_file *f, const char *path);
void io_close(struct io_file *f);

#endif
