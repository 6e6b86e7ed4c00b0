#include "flow/restore.h"

#include <stdlib.h>
#include <unistd.h>

#include "archive/check.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/database.h"
#include "flow/jobs.h"
#include "flow/pass.h"
#include "flow/selection.h"
#include "pg/capacity.h"
#include "pg/connection.h"
#include "pg/pgrestore.h"
#include "pg/pooler.h"
#include "pg/target.h"
#include "pg/tls.h"

/* The first version that has transaction_timeout. */
#define FIRST_MAJOR_WITH_TIMEOUT 17

/* How often, and how soon again, it is looked for connections that the server has to spare. */
#define CONNECTION_LOOKS   10
#define CONNECTION_LOOK_US 100000

struct restore {
    const struct restore_options *options;
    PGconn *conn;
    struct pg_tool pg_restore;
    const char **user; /* options for every run of it */
    char encoding[TOC_ENCODING_SIZE];
    struct pg_load_session session;
    struct selection selection;
    struct pass_common common;
    struct failures failures;
    struct meter *meter;
    int jobs;
};

static int connect_database(struct restore *r)
{
    const struct restore_options *o = r->options;

    r->conn = pg_connect(o->conninfo);
    if (r->conn == NULL)
        return -1;
    pg_tls_tell(r->conn);
    return pg_pooler_check(r->conn, o->conninfo);
}

struct restore *restore_new(const struct restore_options *options)
{
    struct restore *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        error_set("out of memory");
        return NULL;
    }
    r->options = options;
    if (connect_database(r) != 0) {
        restore_free(r);
        return NULL;
    }
    return r;
}

void restore_free(struct restore *r)
{
    if (r == NULL)
        return;
    restore_end_progress(r);
    selection_free(&r->selection);
    failures_free(&r->failures);
    pg_tool_free(&r->pg_restore);
    PQfinish(r->conn);
    free(r->user);
    free(r);
}

/* The names in the archive, and its rows, are in its encoding. */
static int prepare_session(struct restore *r)
{
    toc_encoding(&r->selection.toc, r->encoding);
    r->session = (struct pg_load_session){
        .role = pg_restore_option_value(r->options->pg_restore, '\0', "role"),
        .row_security =
            pg_restore_option_is_given(r->options->pg_restore, '\0', "enable-row-security"),
        .encoding = r->encoding[0] != '\0' ? r->encoding : NULL,
    };
    return pg_load_prepare(r->conn, &r->session);
}

static int choose_jobs(struct restore *r)
{
    r->jobs = r->options->jobs;
    if (r->jobs == 0 && (r->jobs = jobs_choose(r->conn, DATABASE_DEFAULT_RESERVE, "loading")) < 0)
        return -1;
    if (r->jobs == 0)
        r->jobs = 1;
    return 0;
}

static int check_target(struct restore *r)
{
    size_t n;

    if (r->options->clean || !selection_creates(&r->selection))
        return 0;
    if (pg_target_count_tables(r->conn, &n) != 0)
        return -1;
    if (n == 0)
        return 0;
    return error_set("database %s has %zu table%s already: restore into an empty one, or say with "
                     "--clean that what is about to be restored is to be removed from it first",
                     PQdb(r->conn), n, n == 1 ? "" : "s");
}

int restore_choose(struct restore *r, struct archive_reader *archive)
{
    const struct archive_header *header = archive_reader_header(archive);

    if (selection_find_pg_restore(header, &r->pg_restore) != 0 ||
        selection_make(&r->selection, header, archive_reader_toc(archive), &r->pg_restore,
                       r->options->pg_restore) != 0 ||
        prepare_session(r) != 0 || choose_jobs(r) != 0 || check_target(r) != 0)
        return -1;
    r->user = pg_restore_run_options(r->options->pg_restore, selection_creates(&r->selection));
    if (r->user == NULL)
        return -1;
    log_info("restoring into database %s of %s (PostgreSQL %s) with pg_restore %s", PQdb(r->conn),
             PQhost(r->conn), PQparameterStatus(r->conn, "server_version"), r->pg_restore.version);
    r->meter = meter_new(r->options->progress, r->options->progress_line_s);
    r->common = (struct pass_common){
        .pg_restore = r->pg_restore.path,
        .conninfo = r->options->conninfo,
        .conn = r->conn,
        .user = r->user,
        .selection = &r->selection,
        .stop_at_errors = r->options->exit_on_error,
        .stops_itself = r->pg_restore.major < FIRST_MAJOR_WITH_TIMEOUT ||
                        pg_server_major(r->conn) >= FIRST_MAJOR_WITH_TIMEOUT,
        .failures = &r->failures,
        .meter = r->meter,
    };
    return 0;
}

int restore_check(struct restore *r, struct archive_reader *archive, uint64_t bytes)
{
    struct archive_checked checked;

    meter_phase(r->meter, METER_CHECKING, bytes);
    if (archive_check(archive, NULL, &checked) != 0)
        return error_append("; nothing was dropped");
    return 0;
}

static int drop(struct restore *r)
{
    static const char *const own[] = {"--clean", "--if-exists", NULL};
    struct buf archive = {0};
    const struct pass_options options = {.own = own, .archive = &archive, .only_drops = true};
    size_t n;
    int rc = selection_add_drops(&r->selection, &archive, &n);

    meter_phase(r->meter, METER_DROPPING, 0);
    if (rc == 0 && n > 0)
        rc = pass_run(&r->common, &options);
    buf_free(&archive);
    return rc;
}

/* One of the passes that need no data. */
static int run_pass(struct restore *r, enum archive_pass pass, int jobs, long maintenance_memory)
{
    const struct pass_options options = {
        .archive = &r->selection.archive,
        .jobs = jobs,
        .tells_items = true,
        .list = &r->selection.lists[pass],
        .maintenance_memory = maintenance_memory,
    };

    return r->selection.n[pass] > 0 ? pass_run(&r->common, &options) : 0;
}

static int create(struct restore *r)
{
    meter_phase(r->meter, METER_SCHEMA, r->selection.n[ARCHIVE_PASS_PRE_DATA]);
    return run_pass(r, ARCHIVE_PASS_PRE_DATA, 1, 0);
}

static int load(struct restore *r, struct routes *routes, struct archive_reader *archive,
                uint64_t bytes, struct rows_result *result)
{
    const struct rows_options options = {
        .session = &r->session,
        .jobs = r->jobs,
        .after_drops = r->options->clean,
        .not_into_failed =
            pg_restore_option_is_given(r->options->pg_restore, '\0', "no-data-for-failed-tables"),
    };

    meter_phase(r->meter, METER_ROWS, bytes);
    if (rows_restore(routes, archive, &options, result) != 0)
        return -1;
    meter_table(r->meter, NULL, NULL);
    return pg_load_settle(r->conn);
}

/* As many as there were loaders, as long as the server has room for them, and for pg_restore's
 * first connection, which is not gone when the others come: it gives up where one cannot connect.
 * Those of the loaders are gone soon. */
static int count_jobs(struct restore *r)
{
    int spare = 0;

    for (int i = 0; i < CONNECTION_LOOKS && spare <= r->jobs; i++) {
        if (i > 0)
            usleep(CONNECTION_LOOK_US);
        if (pg_free_connections(r->conn, &spare) != 0)
            return -1;
    }
    return spare > r->jobs ? r->jobs : spare > 2 ? spare - 1 : 1;
}

static int finish(struct restore *r)
{
    const int jobs = count_jobs(r);
    const long memory = jobs > 0 ? pg_target_maintenance_memory(r->conn, jobs) : -1;

    if (memory < 0)
        return -1;
    meter_phase(r->meter, METER_INDEXES, r->selection.n[ARCHIVE_PASS_POST_DATA]);
    return run_pass(r, ARCHIVE_PASS_POST_DATA, jobs, memory);
}

int restore_run(struct restore *r, struct archive_reader *archive, uint64_t bytes,
                struct rows_result *result)
{
    struct routes routes = {0};
    int rc = r->options->clean ? drop(r) : 0;

    *result = (struct rows_result){0};
    if (rc == 0)
        rc = routes_find(&routes, &r->common);
    if (rc == 0)
        rc = create(r);
    if (rc == 0)
        rc = load(r, &routes, archive, bytes, result);
    if (rc == 0)
        rc = finish(r);
    routes_clear(&routes);
    return rc;
}

void restore_passed(struct restore *r, size_t bytes)
{
    meter_done(r->meter, bytes);
}

void restore_end_progress(struct restore *r)
{
    meter_free(r->meter);
    r->meter = r->common.meter = NULL;
}

const struct failures *restore_failures(const struct restore *r)
{
    return &r->failures;
}

const char *restore_database(const struct restore *r)
{
    return PQdb(r->conn);
}
