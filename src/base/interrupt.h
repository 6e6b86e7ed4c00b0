/*
 * Being told to stop: SIGINT, SIGTERM and SIGHUP.
 *
 * The first signal is remembered; from then on whatever blocks comes back: polls see
 * interrupt_fd() readable, other system calls fail with EINTR again and again, once a second. The
 * code that was running fails with an error, cleans up on its usual way out, and `main` turns the
 * signal into the exit code. Signals are for the main thread; any other may ask here whether one
 * came.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>

/* Catches the three signals, but a SIGHUP that nohup ignores. Ignores SIGPIPE and SIGXFSZ, so that
 * a reader that has gone and a file over the limit are errors of write(). Call it once, first
 * thing. Returns 0, or -1 with the error set. */
int interrupt_init(void);

/* The signal that asked to stop, or 0. */
int interrupt_signal(void);

/* For a child that has ended unasked: where all processes are told to stop, the signal may reach it
 * before us. Waits for it for up to a second. Returns whether one came. */
bool interrupt_awaited(void);

/* A descriptor that becomes readable when a signal came, to be polled beside another, and never
 * to be read. */
int interrupt_fd(void);

/* Sets the error to what the signal means for the user. Always returns -1. */
int interrupt_error(void);

#endif
