#include "flow/dump.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "age/seal.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/attached.h"
#include "sink/name.h"
#include "sink/targets.h"

/* What the road of one dump holds, from its beginning to its end. */
struct road {
    const struct flow_dump *dump;
    struct flow_dump_result *result;
    struct database database;
    struct targets *targets;
    struct age_seal *seal;
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

static int derive_key(struct road *r)
{
    struct archive_preamble *preamble = &r->database.preamble;
    unsigned char key[HKDF_SIZE];

    if (age_recipients_derive_key(r->dump->recipients, "dynodrop row hash", key) != 0)
        return -1;
    memcpy(preamble->key, key, sizeof(preamble->key));
    return 0;
}

/* Writes the drop's first bytes, after its size was estimated. */
static int begin_drop(struct road *r)
{
    uint64_t upper;

    if (database_expect(&r->database, &upper) != 0 || targets_expect(r->targets, upper) != 0)
        return -1;
    r->seal = age_seal_new(r->dump->recipients, targets_writer(r->targets));
    return r->seal != NULL ? 0 : -1;
}

static int read_database(struct road *r)
{
    const struct writer out = {.write = write_counted, .self = r};
    const uint64_t *bytes = &r->database.plan.bytes;

    if (database_capture(&r->database) != 0 || derive_key(r) != 0)
        return -1;
    attached_warn(*bytes, r->dump->detached);
    meter_expect(r->meter, *bytes);
    if (begin_drop(r) != 0)
        return -1;
    return database_write(&r->database, out, r->meter, &r->result->contents);
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

    r->result->name = make_name(dump, r->database.conn);
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

static int go(struct road *r)
{
    const PGconn *conn;

    if (database_connect(&r->database, &r->dump->database) != 0)
        return -1;
    conn = r->database.conn;
    log_info("dumping database %s of %s (PostgreSQL %s) with pg_dump %s", PQdb(conn), PQhost(conn),
             PQparameterStatus(conn, "server_version"), r->database.pg_dump.version);
    /* Before there is anything to read: locks are waited for, too. */
    r->meter = meter_new(r->dump->progress, r->dump->progress_line_s);
    if (open_targets(r) != 0 || read_database(r) != 0)
        return -1;
    return deliver(r);
}

int flow_dump(const struct flow_dump *dump, struct flow_dump_result *result)
{
    struct road r = {.dump = dump, .result = result};
    int rc;

    *result = (struct flow_dump_result){0};
    rc = go(&r);
    meter_free(r.meter);
    database_close(&r.database);
    age_seal_free(r.seal);
    targets_free(r.targets);
    return rc;
}

void flow_dump_result_free(struct flow_dump_result *result)
{
    archive_summary_free(&result->contents.summary);
    free(result->places);
    free(result->name);
}
