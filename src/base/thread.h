/*
 * Threads beside the main one, which alone hears of signals.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* Starts one that runs `run` with `self`, with all signals blocked. The caller joins it. Returns 0,
 * or -1 with the error set. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *self);

#endif
