#include "flow/against.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "pg/connection.h"

static int discard(void *self, const void *data, size_t len)
{
    (void)self;
    (void)data;
    (void)len;
    return 0;
}

/* Of a version as servers and programs tell it, "16.4 (Debian ...)". */
static int major_of(const char *version)
{
    return version != NULL ? atoi(version) : 0;
}

static bool is_other_major(const struct archive_header *header, const struct database *d)
{
    return major_of(header->server_version) != pg_server_major(d->conn) ||
           major_of(header->pg_dump_version) != d->pg_dump.major;
}

static bool lists_each_large_object(const struct archive_header *header)
{
    return header->minor < ARCHIVE_MINOR_LOS;
}

/* Reads the rows, to know what they come to. */
static int read_rows(struct database *d, enum meter_form progress, int line_s,
                     struct compose_result *contents)
{
    const struct writer nowhere = {.write = discard};
    struct meter *meter = meter_new(progress, line_s);
    int rc;

    meter_expect(meter, d->plan.bytes);
    rc = database_write(d, nowhere, meter, contents);
    meter_free(meter);
    return rc;
}

static int compare(const struct against_drop *drop, const struct against_options *options,
                   struct database *d, const struct archive_compare_observer *observer,
                   struct archive_compared *compared)
{
    struct archive_compare_options how = options->compare;
    struct compose_result contents = {0};
    struct archive_side database = {0};
    int rc = 0;

    how.other_major = is_other_major(drop->header, d);
    how.other_large_objects = lists_each_large_object(drop->header) !=
                              lists_each_large_object(archive_reader_header(d->capture.contents));
    memcpy(d->preamble.key, drop->key, sizeof(drop->key));
    if (drop->side.sums != NULL) {
        rc = read_rows(d, options->progress, options->progress_line_s, &contents);
        database.sums = &contents.summary;
    }
    database.toc = archive_reader_toc(d->capture.contents);
    if (rc == 0)
        rc = archive_compare(&drop->side, &database, &how, observer, compared);
    archive_summary_free(&contents.summary);
    return rc;
}

int flow_against(const struct against_drop *drop, const struct against_options *options,
                 const struct archive_compare_observer *observer, struct archive_compared *compared)
{
    struct database d = {0};
    int rc = database_connect(&d, &options->database);

    if (rc == 0) {
        log_info("comparing with database %s of %s (PostgreSQL %s)", PQdb(d.conn), PQhost(d.conn),
                 PQparameterStatus(d.conn, "server_version"));
        rc = database_capture(&d);
    }
    if (rc == 0)
        rc = compare(drop, options, &d, observer, compared);
    database_close(&d);
    return rc;
}
