/*
 * Time that passes.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some moment in the past, the same one as long as the program runs, whatever is
 * done to the machine's clock. */
int64_t clock_ms(void);

/* What this clock shows in so many milliseconds. */
struct timespec clock_after(clockid_t clock, int ms);

#endif
