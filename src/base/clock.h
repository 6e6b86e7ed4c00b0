/*
 * Time that passes, for durations and time-outs: whoever sets the machine's clock does not move it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment that stays the same while the program runs. */
int64_t clock_ms(void);

#endif
