#include "flow/attached.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

/* Rows come to about a third of their table when they are compressed, and a line of 100 Mbit/s
 * takes 12.5 MB of that a second. */
#define BYTES_PER_S 40e6

#define LONG_MINUTES 10

/* From here on hours are told. */
#define MANY_MINUTES 120

void attached_warn(uint64_t bytes, const char *detached)
{
    const double minutes = (double)bytes / BYTES_PER_S / 60;
    const bool in_hours = minutes >= MANY_MINUTES;

    if (detached == NULL || minutes <= LONG_MINUTES)
        return;
    log_warn("reading %.0f GB of tables is likely to take about %.0f %s, and Heroku ends an "
             "attached run when its terminal disconnects; type instead: %s",
             (double)bytes / 1e9, in_hours ? minutes / 60 : minutes, in_hours ? "hours" : "minutes",
             detached);
}
