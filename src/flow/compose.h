/*
 * The archive of a dump: pg_dump's header and table of contents, and behind them every data block
 * in its order, out of the window or out of pg_dump.
 */
#ifndef FLOW_COMPOSE_H
#define FLOW_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/summary.h"
#include "base/stream.h"
#include "flow/capture.h"
#include "flow/meter.h"
#include "flow/plan.h"
#include "flow/window.h"

struct compose {
    struct capture *capture;
    const struct plan *plan;
    struct window *window; /* the plan's chunks; NULL where there are none */
    const struct archive_preamble *preamble;
    int level;           /* of what pg_dump writes: zstd's, 1 to 19 */
    bool content;        /* the summary is to tell the content of that, too */
    struct meter *meter; /* or NULL */
};

struct compose_result {
    uint64_t tables;
    uint64_t rows;
    uint64_t raw_bytes; /* of the data, decompressed */
    struct archive_summary summary;
};

/* Writes the whole archive. The result's summary is to be freed in any case. Returns 0, or -1 with
 * the error set. */
int compose_archive(const struct compose *c, struct writer out, struct compose_result *result);

#endif
