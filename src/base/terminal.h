/*
 * Asking the person at the terminal, whatever standard input and output are; and what the terminal
 * that standard error goes to can do.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this process has a terminal to ask at. */
bool terminal_is_there(void);

/*
 * Shows the question on the terminal (/dev/tty) and reads one line that is not shown while it is
 * typed. Blocks until it is ended; SIGINT, SIGTERM and SIGHUP end it within a second (interrupt.h).
 * The terminal is as it was before in every case; the keys that would end or stop the process in
 * another way (^\\ and ^Z) do nothing meanwhile.
 *
 * Returns 0 with the answer in `secret`, without its line end, NUL included in size bytes; the
 * caller wipes it. Returns -1 with the error set, and `secret` wiped, where there is no terminal,
 * the answer was ended before anything was typed (^D), or it does not fit.
 */
int terminal_ask_secret(const char *question, char *secret, size_t size);

/* Whether TERM says that a terminal cannot overwrite a line, or says nothing. */
bool terminal_is_dumb(void);

/* How wide the terminal of standard error is just now; 80 where that cannot be told. */
int terminal_columns(void);

#endif
