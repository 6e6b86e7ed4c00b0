/*
 * One dump: from the database, through pg_dump, the archive and age, to the targets.
 */
#ifndef FLOW_DUMP_H
#define FLOW_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "age/recipient.h"
#include "flow/meter.h"

struct flow_dump {
    const char *conninfo;
    const struct age_recipients *recipients;
    const char *const *targets; /* as sink.h has them */
    size_t n_targets;
    const char *name;                   /* a template, as sink/name.h has it */
    const char *app;                    /* for the template; or NULL */
    int level;                          /* zstd's, 1 to 19 */
    const char *const *pg_dump_options; /* NULL-ended, or NULL */
    enum meter_form progress;
};

struct flow_dump_result {
    char *name; /* of the drop; allocated */
    uint64_t tables;
    uint64_t rows;
    uint64_t raw_bytes; /* the data's, uncompressed */
    uint64_t bytes;     /* the drop's */
};

/*
 * Dumps the whole database as of one instant and delivers it to every target. Blocks until that is
 * done; a signal ends it with an error. Returns 0, or -1 with the error set, and then no target has
 * anything under a final name (but those that had been committed before another failed).
 */
int flow_dump(const struct flow_dump *dump, struct flow_dump_result *result);

#endif
