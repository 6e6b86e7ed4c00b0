#include "flow/dump.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "age/seal.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/attached.h"
#include "flow/budget.h"
#include "flow/capture.h"
#include "flow/jobs.h"
#include "flow/plan.h"
#include "flow/reading.h"
#include "pg/connection.h"
#include "pg/pooler.h"
#include "pg/session.h"
#include "pg/size.h"
#include "pg/tls.h"
#include "pg/tools.h"
#include "sink/name.h"
#include "sink/targets.h"

/* Of what pg_dump writes itself, where the level is chosen for each table. */
#define LEVEL_OF_REST 3

/* More than a table of contents has as a rule, in bytes. */
#define EXPECTED_CONTENTS (4 * 1024 * 1024)

/* Before version 14 a range of pages is read by going through the whole table. */
#define FIRST_MAJOR_TO_CUT 14

/* So much of the server's room for locks may go to the indexes of tables that are cut. */
#define LOCKS_SHARE 16

/* What the road of one dump holds, from its beginning to its end. */
struct road {
    const struct flow_dump *dump;
    struct flow_dump_result *result;
    PGconn *conn;
    struct pg_session session;
    struct pg_tool pg_dump;
    struct targets *targets;
    struct age_seal *seal;
    struct capture capture;
    struct plan plan;
    struct archive_preamble preamble;
    struct reading *reading;
    struct meter *meter;
};

/* The drop's bytes on their way to age, counted. */
static int write_counted(void *self, const void *data, size_t len)
{
    struct road *r = self;
    struct writer seal = age_seal_writer(r->seal);

    meter_written(r->meter, len);
    return writer_put(&seal, data, len);
}

/* How much the server's shared table of locks has room for, in all. */
static int count_locks(PGconn *conn, size_t *n)
{
    PGresult *result =
        pg_query(conn, "SELECT pg_catalog.current_setting('max_locks_per_transaction')::int8 * "
                       "(pg_catalog.current_setting('max_connections')::int8 + "
                       "pg_catalog.current_setting('max_prepared_transactions')::int8)");

    if (result == NULL)
        return -1;
    *n = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return 0;
}

/*
 * Locks the indexes of the tables that are cut. Returns 0, 1 where one has to stay whole, since
 * somebody has a stronger lock on its indexes, or -1 with the error set.
 */
static int lock_indexes(struct road *r)
{
    size_t last = SIZE_MAX;

    for (size_t i = 0; i < r->plan.n; i++) {
        const struct plan_chunk *chunk = &r->plan.chunks[i];
        struct pg_table *table = &r->capture.tables.items[chunk->table];
        int rc = 0;

        if (plan_is_part(chunk) && chunk->table != last)
            rc = pg_table_lock_indexes(table, r->conn);
        if (rc != 0) {
            table->stays_whole = true;
            return rc;
        }
        last = chunk->table;
    }
    return 0;
}

static int make_plan(struct road *r)
{
    struct plan_limits limits = {.can_cut = pg_server_major(r->conn) >= FIRST_MAJOR_TO_CUT};
    int rc;

    if (count_locks(r->conn, &limits.most_locks) != 0)
        return -1;
    limits.most_locks /= LOCKS_SHARE;
    do {
        plan_free(&r->plan);
        if (plan_make(&r->plan, &r->capture.tables, &limits) != 0)
            return -1;
        rc = lock_indexes(r);
    } while (rc > 0);
    return rc;
}

/* What the rows' texts depend on, for whoever compares them with a database. */
static int describe_session(struct road *r)
{
    PGresult *result = pg_query(
        r->conn, "SELECT pg_catalog.string_agg(name || ' ' || setting || E'\\n', '' ORDER BY name) "
                 "FROM pg_catalog.pg_settings WHERE name IN ('client_encoding', 'lc_monetary', "
                 "'TimeZone', 'bytea_output', 'DateStyle', 'IntervalStyle', 'extra_float_digits')");

    if (result == NULL)
        return -1;
    r->preamble.settings = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    r->preamble.program = strdup("dynodrop/" DYNODROP_VERSION);
    return r->preamble.settings != NULL && r->preamble.program != NULL ? 0
                                                                       : error_set("out of memory");
}

static int derive_key(struct road *r)
{
    unsigned char key[HKDF_SIZE];

    if (age_recipients_derive_key(r->dump->recipients, "dynodrop row hash", key) != 0)
        return -1;
    memcpy(r->preamble.key, key, sizeof(r->preamble.key));
    return 0;
}

static int start_reading(struct road *r, int jobs)
{
    const struct reading_source source = {
        .conninfo = r->dump->conninfo,
        .control = r->conn,
        .snapshot = r->capture.snapshot,
        .session = &r->session,
        .tables = &r->capture.tables,
        .plan = &r->plan,
    };
    struct reading_options options = {
        .level = r->dump->level, .only_control = jobs == 0, .meter = r->meter};

    if (r->plan.n == 0)
        return 0;
    if ((size_t)jobs > r->plan.n)
        jobs = (int)r->plan.n;
    if (budget_make(&options.budget, r->dump->memory, jobs > 0 ? jobs : 1, r->dump->level) != 0)
        return -1;
    if (options.budget.jobs < jobs)
        log_info("reading with %d connections instead of %d: --memory has no room for more",
                 options.budget.jobs, jobs);
    memcpy(options.key, r->preamble.key, sizeof(options.key));
    log_debug("%zu tables in %zu chunks, %d jobs", r->capture.tables.n, r->plan.n,
              options.budget.jobs);
    r->reading = reading_start(&source, &options);
    return r->reading == NULL ? -1 : 0;
}

/* Reads all there is, and lets go of the database. */
static int read_database(struct road *r)
{
    const struct compose compose = {
        .capture = &r->capture,
        .plan = &r->plan,
        .window = r->reading != NULL ? reading_window(r->reading) : NULL,
        .preamble = &r->preamble,
        .level = r->dump->level > 0 ? r->dump->level : LEVEL_OF_REST,
        .meter = r->meter,
    };
    const struct writer out = {.write = write_counted, .self = r};
    int rc = compose_archive(&compose, out, &r->result->contents);

    reading_free(r->reading);
    r->reading = NULL;
    if (rc != 0)
        capture_explain(&r->capture);
    return rc != 0 ? -1 : capture_end(&r->capture);
}

/*
 * The most that the drop may come to: what is in the database, a quarter more for what compresses
 * badly as text, and the table of contents. The rest that pg_dump writes itself has no bounds of
 * its own but those of the database.
 */
static int expect_size(struct road *r)
{
    uint64_t bytes = r->plan.bytes;

    if (r->capture.rest != NULL && pg_size_of_database(r->conn, &bytes) != 0)
        return -1;
    return targets_expect(r->targets, bytes + bytes / 4 + EXPECTED_CONTENTS);
}

/* Writes the drop's first bytes, after its size was estimated. */
static int begin_drop(struct road *r)
{
    if (expect_size(r) != 0)
        return -1;
    r->seal = age_seal_new(r->dump->recipients, targets_writer(r->targets));
    return r->seal != NULL ? 0 : -1;
}

static int capture_and_read(struct road *r, int jobs)
{
    const struct capture_options options = {
        .conninfo = r->dump->conninfo,
        .pg_dump = r->pg_dump.path,
        .pg_dump_version = r->pg_dump.version,
        .pg_dump_options = r->dump->pg_dump_options,
    };

    if (capture_make(&r->capture, r->conn, &options) != 0 || make_plan(r) != 0 ||
        describe_session(r) != 0 || derive_key(r) != 0)
        return -1;
    if (r->capture.encoding[0] != '\0')
        r->session.encoding = r->capture.encoding;
    attached_warn(r->plan.bytes, r->dump->detached);
    meter_expect(r->meter, r->plan.bytes);
    if (begin_drop(r) != 0)
        return -1;
    return start_reading(r, jobs) != 0 ? -1 : read_database(r);
}

static char *make_name(const struct flow_dump *dump, PGconn *conn)
{
    const struct name_values values = {
        .app = dump->app, .database = PQdb(conn), .host = PQhost(conn), .time = time(NULL)};

    return name_make(dump->name, &values);
}

/* Before anything is asked of the database. */
static int open_targets(struct road *r)
{
    const struct flow_dump *dump = r->dump;

    r->result->name = make_name(dump, r->conn);
    if (r->result->name == NULL)
        return -1;
    r->targets = targets_open(&dump->targets, r->result->name);
    return r->targets != NULL ? 0 : -1;
}

static uint64_t count_delivered(void *self)
{
    const struct road *r = self;

    return targets_delivered(r->targets);
}

static int deliver(struct road *r)
{
    int rc = age_seal_finish(r->seal);

    meter_deliver(r->meter, targets_bytes(r->targets), count_delivered, r);
    if (rc == 0)
        rc = targets_commit(r->targets);
    r->result->bytes = targets_bytes(r->targets);
    r->result->places = targets_places(r->targets);
    return rc != 0 || r->result->places == NULL ? -1 : 0;
}

static int connect_source(struct road *r)
{
    r->conn = pg_connect(r->dump->conninfo);
    if (r->conn == NULL)
        return -1;
    pg_tls_tell(r->conn);
    if (pg_pooler_check(r->conn, r->dump->conninfo) != 0 ||
        pg_session_from_options(&r->session, r->dump->pg_dump_options) != 0 ||
        pg_session_prepare(r->conn, &r->session) != 0)
        return -1;
    return pg_tool_find(&r->pg_dump, "pg_dump", pg_server_major(r->conn));
}

static int go(struct road *r)
{
    int jobs = r->dump->jobs;

    if (connect_source(r) != 0)
        return -1;
    log_info("dumping database %s of %s (PostgreSQL %s) with pg_dump %s", PQdb(r->conn),
             PQhost(r->conn), PQparameterStatus(r->conn, "server_version"), r->pg_dump.version);
    /* Before there is anything to read: locks are waited for, too. */
    r->meter = meter_new(r->dump->progress, r->dump->progress_line_s);
    if (jobs == 0 && (jobs = jobs_choose(r->conn, r->dump->reserve)) < 0)
        return -1;
    if (open_targets(r) != 0 || capture_and_read(r, jobs) != 0)
        return -1;
    return deliver(r);
}

int flow_dump(const struct flow_dump *dump, struct flow_dump_result *result)
{
    struct road r = {.dump = dump, .result = result};
    int rc;

    *result = (struct flow_dump_result){0};
    rc = go(&r);
    reading_free(r.reading);
    meter_free(r.meter);
    plan_free(&r.plan);
    capture_free(&r.capture);
    age_seal_free(r.seal);
    targets_free(r.targets);
    archive_preamble_free(&r.preamble);
    pg_tool_free(&r.pg_dump);
    PQfinish(r.conn);
    return rc;
}
