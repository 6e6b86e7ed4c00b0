#include "flow/jobs.h"

#include "base/log.h"
#include "base/os.h"
#include "pg/capacity.h"

/* More do not pay: the server works as hard as we do. */
#define MOST_CHOSEN 4

int jobs_choose(PGconn *conn, int reserve, const char *what)
{
    int wanted = os_cpus() < MOST_CHOSEN ? os_cpus() : MOST_CHOSEN, spare;

    if (pg_free_connections(conn, &spare) != 0)
        return -1;
    spare -= reserve + 1; /* pg_dump or pg_restore has one */
    if (spare >= wanted)
        return wanted;
    if (spare < 0)
        spare = 0;
    log_info(
        "the database server has few connections left: %s with %d beside our first one, to leave "
        "%d to others",
        what, spare, reserve);
    return spare;
}
