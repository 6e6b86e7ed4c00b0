/*
 * `verify --against DATABASE`: its options, and its answer.
 */
#ifndef CMD_AGAINST_H
#define CMD_AGAINST_H

#include <stdbool.h>

#include "archive/summary.h"
#include "base/buf.h"
#include "cmd/drop.h"

struct against_request {
    char *conninfo; /* NULL: no database is asked for. To be freed with pg_conninfo_wipe() */
    bool schema_only;
    bool no_owner;
    bool no_acl;
    int jobs; /* 0: chosen */
};

/* What the drop was found to hold. */
struct against_found {
    const struct archive_preamble *preamble;
    const struct archive_summary *sums; /* NULL: its data was not read */
};

/* Takes the database that is asked for: a connection string, which is hidden in `text`, or the name
 * of a variable. Returns 0, or -1 with the error set. */
int against_choose(struct against_request *request, char *text);

/*
 * Compares a drop, unlocked, with the database and adds the answer, a line or more for each
 * difference. Returns 0, 1 where there are differences, or -1 with the error set.
 */
int against_answer(const struct against_request *request, const struct drop *drop,
                   const struct against_found *found, struct buf *answer);

#endif
