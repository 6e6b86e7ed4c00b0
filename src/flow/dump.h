/*
 * One dump: from the database, through the archive and age, to the targets.
 */
#ifndef FLOW_DUMP_H
#define FLOW_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "age/recipient.h"
#include "flow/database.h"
#include "flow/meter.h"
#include "sink/targets.h"

struct flow_dump {
    struct database_options database;
    const struct age_recipients *recipients;
    struct targets_options targets; /* sink/targets.h */
    const char *name;               /* a template, as sink/name.h has it */
    const char *app;                /* for the template; or NULL */
    enum meter_form progress;
    int progress_line_s;  /* between two lines of progress, in seconds (flow/meter.h) */
    const char *detached; /* the line for a run that no terminal ends (flow/attached.h); or NULL */
};

struct flow_dump_result {
    char *name;     /* of the drop; allocated */
    char *places;   /* where it is, separated by commas; allocated */
    uint64_t bytes; /* the drop's */
    struct compose_result contents;
};

/*
 * Dumps the whole database as of one instant and delivers it to every target. Blocks until that is
 * done; a signal ends it with an error. Returns 0, or -1 with the error set, and then no target has
 * anything under a final name, but those that the error says have the whole drop, or parts of it.
 * The result is to be freed in both cases.
 */
int flow_dump(const struct flow_dump *dump, struct flow_dump_result *result);
void flow_dump_result_free(struct flow_dump_result *result);

#endif
