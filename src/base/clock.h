/*
 * The time that passes, whatever is done to the machine's clock.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment in the past, the same one as long as the program runs. */
int64_t clock_ms(void);

#endif
