#include "flow/dump.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "age/seal.h"
#include "archive/copy.h"
#include "base/child.h"
#include "base/error.h"
#include "base/log.h"
#include "pg/connection.h"
#include "pg/pgdump.h"
#include "pg/pooler.h"
#include "pg/session.h"
#include "pg/snapshot.h"
#include "pg/tools.h"
#include "sink/name.h"
#include "sink/targets.h"

static void count_block(void *self, const struct toc_entry *entry,
                        const struct archive_count *count)
{
    struct flow_dump_result *result = self;

    result->tables += toc_entry_is(entry, "TABLE DATA");
    result->rows += count->rows;
    result->raw_bytes += count->bytes;
}

/*
 * Some servers keep a column option pg_attver that pg_dump of another round writes into the
 * archive as a statement that pg_restore fails on.
 */
static int check_toc(const struct toc *toc, const char *pg_dump_version)
{
    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];

        if (toc_entry_is(e, "TABLE") && e->defn != NULL &&
            strstr(e->defn, " SET (pg_attver=") != NULL)
            return error_set("pg_dump %s writes the server's internal option pg_attver into the "
                             "archive (table %s), which could not be restored: use a pg_dump of "
                             "the server's own release or a later one",
                             pg_dump_version, e->tag);
    }
    return 0;
}

/* Passes pg_dump's archive on, compressed. */
static int copy_archive(struct archive_reader *reader, struct writer out,
                        const struct flow_dump *dump, struct flow_dump_result *result)
{
    struct archive_header header = *archive_reader_header(reader);
    const struct archive_observer observer = {.counted = count_block, .self = result};
    struct archive_writer *writer;
    int rc;

    if (check_toc(archive_reader_toc(reader), header.pg_dump_version) != 0)
        return -1;
    header.compression = ARCHIVE_ZSTD;
    if (header.minor < ARCHIVE_MINOR_ZSTD) {
        header.minor = ARCHIVE_MINOR_ZSTD;
        header.revision = 0;
    }
    writer = archive_writer_new(out, &header, archive_reader_toc(reader), dump->level);
    if (writer == NULL)
        return -1;
    rc = archive_copy(reader, writer, &observer);
    archive_writer_free(writer);
    return rc;
}

/* Runs pg_dump to its end, all it writes going to `out`. */
static int run_pg_dump(const struct pg_dump_options *options, struct writer out,
                       const struct flow_dump *dump, struct flow_dump_result *result)
{
    struct child *child = pg_dump_start(options);
    struct archive_reader *reader;
    int rc = -1;

    if (child == NULL)
        return -1;
    reader = archive_reader_new(child_output(child));
    if (reader != NULL)
        rc = copy_archive(reader, out, dump, result);
    /* Where its output ended too early, what pg_dump says is the reason. */
    if ((rc == 0 || child_output_ended(child)) && child_wait(child) != 0)
        rc = -1;
    archive_reader_free(reader);
    child_free(child);
    return rc;
}

static int seal_dump(const struct pg_dump_options *options, struct targets *targets,
                     const struct flow_dump *dump, struct flow_dump_result *result)
{
    struct age_seal *seal = age_seal_new(dump->recipients, targets_writer(targets));
    int rc;

    if (seal == NULL)
        return -1;
    rc = run_pg_dump(options, age_seal_writer(seal), dump, result);
    if (rc == 0)
        rc = age_seal_finish(seal);
    age_seal_free(seal);
    return rc;
}

static int deliver_dump(const struct pg_dump_options *options, const struct flow_dump *dump,
                        struct flow_dump_result *result)
{
    struct targets *targets = targets_open(dump->targets, dump->n_targets, result->name);
    int rc;

    if (targets == NULL)
        return -1;
    rc = seal_dump(options, targets, dump, result);
    if (rc == 0)
        rc = targets_commit(targets);
    result->bytes = targets_bytes(targets);
    targets_free(targets);
    return rc;
}

static char *make_name(const struct flow_dump *dump, PGconn *conn)
{
    const struct name_values values = {
        .app = dump->app, .database = PQdb(conn), .host = PQhost(conn), .time = time(NULL)};

    return name_make(dump->name, &values);
}

static int dump_connected(PGconn *conn, const struct flow_dump *dump,
                          struct flow_dump_result *result)
{
    struct pg_dump_options options = {
        .conninfo = dump->conninfo, .conn = conn, .user = dump->pg_dump_options};
    struct pg_tool pg_dump;
    char *snapshot = NULL;
    int rc = -1;

    if (pg_tool_find(&pg_dump, "pg_dump", pg_server_major(conn)) != 0)
        return -1;
    log_info("dumping database %s of %s (PostgreSQL %s) with pg_dump %s", PQdb(conn), PQhost(conn),
             PQparameterStatus(conn, "server_version"), pg_dump.version);
    options.path = pg_dump.path;
    options.snapshot = snapshot = pg_snapshot_export(conn);
    result->name = snapshot == NULL ? NULL : make_name(dump, conn);
    if (result->name != NULL)
        rc = deliver_dump(&options, dump, result);
    free(snapshot);
    pg_tool_free(&pg_dump);
    return rc;
}

int flow_dump(const struct flow_dump *dump, struct flow_dump_result *result)
{
    PGconn *conn = pg_connect(dump->conninfo);
    struct pg_session session;
    int rc;

    *result = (struct flow_dump_result){0};
    if (conn == NULL)
        return -1;
    rc = pg_pooler_check(conn, dump->conninfo);
    if (rc == 0)
        rc = pg_session_from_options(&session, dump->pg_dump_options);
    if (rc == 0)
        rc = pg_session_prepare(conn, &session);
    if (rc == 0)
        rc = dump_connected(conn, dump, result);
    PQfinish(conn);
    return rc;
}
