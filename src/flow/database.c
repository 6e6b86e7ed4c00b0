#include "flow/database.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/budget.h"
#include "flow/jobs.h"
#include "flow/levels.h"
#include "flow/reading.h"
#include "pg/connection.h"
#include "pg/pooler.h"
#include "pg/size.h"
#include "pg/tls.h"

/* Of what pg_dump writes itself, where the level is chosen for each table. */
#define LEVEL_OF_REST 3

/* More than a table of contents has as a rule, in bytes. */
#define EXPECTED_CONTENTS (4 * 1024 * 1024)

/* Before version 14 a range of pages is read by going through the whole table. */
#define FIRST_MAJOR_TO_CUT 14

/* So much of the server's room for locks may go to the indexes of tables that are cut. */
#define LOCKS_SHARE 16

/* The server's machine may lack a locale that the one of the drop had, and few databases hold
 * money. */
static int prepare_session(struct database *d)
{
    d->session.lc_monetary = d->options->lc_monetary;
    if (pg_session_prepare(d->conn, &d->session) == 0)
        return 0;
    if (d->session.lc_monetary == NULL || strstr(error_text(), "lc_monetary") == NULL)
        return -1;
    log_warn("%s: amounts of money may be written in another way", error_text());
    d->session.lc_monetary = NULL;
    return pg_session_prepare(d->conn, &d->session);
}

int database_connect(struct database *d, const struct database_options *options)
{
    *d = (struct database){.options = options};
    d->conn = pg_connect(options->conninfo);
    if (d->conn == NULL)
        return -1;
    pg_tls_tell(d->conn);
    if (pg_pooler_check(d->conn, options->conninfo) != 0 ||
        pg_session_from_options(&d->session, options->pg_dump_options) != 0)
        return -1;
    if (prepare_session(d) != 0)
        return -1;
    return pg_tool_find(&d->pg_dump, "pg_dump", pg_server_major(d->conn));
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
static int lock_indexes(struct database *d)
{
    size_t last = SIZE_MAX;

    for (size_t i = 0; i < d->plan.n; i++) {
        const struct plan_chunk *chunk = &d->plan.chunks[i];
        struct pg_table *table = &d->capture.tables.items[chunk->table];
        int rc = 0;

        if (plan_is_part(chunk) && chunk->table != last)
            rc = pg_table_lock_indexes(table, d->conn);
        if (rc != 0) {
            table->stays_whole = true;
            return rc;
        }
        last = chunk->table;
    }
    return 0;
}

static int make_plan(struct database *d)
{
    struct plan_limits limits = {.can_cut = pg_server_major(d->conn) >= FIRST_MAJOR_TO_CUT};
    int rc;

    if (count_locks(d->conn, &limits.most_locks) != 0)
        return -1;
    limits.most_locks /= LOCKS_SHARE;
    do {
        plan_free(&d->plan);
        if (plan_make(&d->plan, &d->capture.tables, &limits) != 0)
            return -1;
        rc = lock_indexes(d);
    } while (rc > 0);
    return rc;
}

/* What is to be compared with what the drop was made of. */
static int describe_options(struct database *d)
{
    const char *const *words = d->options->pg_dump_options;
    struct buf text = {0};
    int rc = 0;

    for (size_t i = 0; rc == 0 && words != NULL && words[i] != NULL; i++)
        rc = archive_preamble_add_option(&text, words[i]);
    if (rc == 0 && (d->preamble.options = buf_take(&text)) == NULL)
        rc = -1;
    buf_free(&text);
    return rc;
}

/* What the rows' texts depend on, for whoever compares them with a database. */
static int describe_session(struct database *d)
{
    PGresult *result = pg_query(
        d->conn, "SELECT pg_catalog.string_agg(name || ' ' || setting || E'\\n', '' ORDER BY name) "
                 "FROM pg_catalog.pg_settings WHERE name IN ('client_encoding', 'lc_monetary', "
                 "'TimeZone', 'bytea_output', 'DateStyle', 'IntervalStyle', 'extra_float_digits')");

    if (result == NULL)
        return -1;
    d->preamble.settings = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    return d->preamble.settings != NULL ? 0 : error_set("out of memory");
}

static int describe_program(struct database *d)
{
    d->preamble.program = strdup("dynodrop/" DYNODROP_VERSION);
    return d->preamble.program != NULL ? 0 : error_set("out of memory");
}

int database_capture(struct database *d)
{
    const struct capture_options options = {
        .conninfo = d->options->conninfo,
        .pg_dump = d->pg_dump.path,
        .pg_dump_version = d->pg_dump.version,
        .pg_dump_options = d->options->pg_dump_options,
    };

    d->jobs = d->options->jobs;
    if (d->jobs == 0 && (d->jobs = jobs_choose(d->conn, d->options->reserve, "reading")) < 0)
        return -1;
    if (capture_make(&d->capture, d->conn, &options) != 0 || make_plan(d) != 0 ||
        describe_program(d) != 0 || describe_session(d) != 0 || describe_options(d) != 0)
        return -1;
    if (d->capture.encoding[0] != '\0')
        d->session.encoding = d->capture.encoding;
    return 0;
}

/*
 * What is in the database, a quarter more for what compresses badly as text, and the table of
 * contents. The rest that pg_dump writes itself has no bounds of its own but those of the database.
 */
int database_expect(const struct database *d, uint64_t *bytes)
{
    *bytes = d->plan.bytes;
    if (d->capture.rest != NULL && pg_size_of_database(d->conn, bytes) != 0)
        return -1;
    *bytes += *bytes / 4 + EXPECTED_CONTENTS;
    return 0;
}

/* What reads the plan's chunks, or NULL where there are none. Returns 0, or -1 with the error set.
 */
static int start_reading(struct database *d, struct meter *meter, struct reading **reading)
{
    const struct database_options *o = d->options;
    const struct reading_source source = {
        .conninfo = o->conninfo,
        .control = d->conn,
        .snapshot = d->capture.snapshot,
        .session = &d->session,
        .tables = &d->capture.tables,
        .plan = &d->plan,
    };
    struct reading_options options = {
        .level = o->level, .only_control = d->jobs == 0, .meter = meter};
    int jobs = d->jobs;

    *reading = NULL;
    if (d->plan.n == 0)
        return 0;
    if ((size_t)jobs > d->plan.n)
        jobs = (int)d->plan.n;
    if (budget_make(&options.budget, o->memory, jobs > 0 ? jobs : 1, o->level) != 0)
        return -1;
    if (options.budget.jobs < jobs)
        log_info("reading with %d connections instead of %d: --memory has no room for more",
                 options.budget.jobs, jobs);
    memcpy(options.key, d->preamble.key, sizeof(options.key));
    log_debug("%zu tables in %zu chunks, %d jobs", d->capture.tables.n, d->plan.n,
              options.budget.jobs);
    *reading = reading_start(&source, &options);
    return *reading == NULL ? -1 : 0;
}

int database_write(struct database *d, struct writer out, struct meter *meter,
                   struct compose_result *result)
{
    struct reading *reading;
    struct compose compose = {
        .capture = &d->capture,
        .plan = &d->plan,
        .preamble = &d->preamble,
        .level = d->options->level > 0 ? d->options->level : LEVEL_OF_REST,
        .content = d->options->level == LEVELS_HASH_ONLY,
        .meter = meter,
    };
    int rc;

    if (start_reading(d, meter, &reading) != 0)
        return -1;
    compose.window = reading != NULL ? reading_window(reading) : NULL;
    rc = compose_archive(&compose, out, result);
    reading_free(reading);
    if (rc != 0)
        capture_explain(&d->capture);
    return rc != 0 ? -1 : capture_end(&d->capture);
}

void database_close(struct database *d)
{
    plan_free(&d->plan);
    capture_free(&d->capture);
    archive_preamble_free(&d->preamble);
    pg_tool_free(&d->pg_dump);
    PQfinish(d->conn);
    *d = (struct database){0};
}
