#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/logfmt.h"
#include "cmd/command.h"
#include "cmd/dump_options.h"
#include "cmd/options.h"
#include "flow/dump.h"

static int report(const struct flow_dump_result *result, int64_t started_ms)
{
    struct buf line = {0};
    int rc = -1;

    if (logfmt_text(&line, "name", result->name) == 0 &&
        logfmt_number(&line, "tables", result->contents.tables) == 0 &&
        logfmt_number(&line, "rows", result->contents.rows) == 0 &&
        logfmt_number(&line, "raw_bytes", result->contents.raw_bytes) == 0 &&
        logfmt_number(&line, "bytes", result->bytes) == 0 &&
        logfmt_number(&line, "seconds", (uint64_t)(clock_ms() - started_ms) / 1000) == 0 &&
        logfmt_text(&line, "targets", result->places) == 0) {
        log_result("done %s", line.data);
        rc = 0;
    }
    buf_free(&line);
    return rc;
}

static int run(const struct flow_dump *dump)
{
    struct flow_dump_result result;
    int64_t started_ms = clock_ms();
    int rc = flow_dump(dump, &result);

    if (rc == 0)
        rc = report(&result, started_ms);
    flow_dump_result_free(&result);
    return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cmd_dump(int argc, char **argv)
{
    struct dump_options options;
    int code = EXIT_USAGE;

    if (dump_options_read(&options, argc, argv) == 0)
        code = options.help ? options_help(dump_options_help) : run(&options.dump);
    dump_options_free(&options);
    return code;
}
