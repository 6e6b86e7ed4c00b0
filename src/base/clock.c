#include "base/clock.h"

int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct timespec clock_after(clockid_t clock, int ms)
{
    struct timespec at;
    long nanoseconds;

    clock_gettime(clock, &at);
    nanoseconds = at.tv_nsec + ms % 1000 * 1000000L;
    at.tv_sec += ms / 1000 + nanoseconds / 1000000000;
    at.tv_nsec = nanoseconds % 1000000000;
    return at;
}
