#include "flow/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "pg/connection.h"
#include "pg/pgdump.h"
#include "pg/snapshot.h"

#define MOST_ATTEMPTS 3

/* Telling pg_dump to leave a table's rows out costs it some queries, the time in which it writes
 * about so many bytes: it writes those of smaller tables itself, if it has to run on. */
#define LEAST_TO_LEAVE_OUT (2 * 1024 * 1024)

/* How long a table's lock is waited for: meanwhile everybody else who wants the table waits too. */
#define LOCK_TIMEOUT_MS 60000

/*
 * Some servers keep a column option pg_attver that pg_dump of another round writes into the
 * archive as a statement that pg_restore fails on.
 */
static int check_contents(const struct toc *toc, const char *pg_dump_version)
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

static unsigned table_oid(const struct toc_entry *e)
{
    return e->oid != NULL ? (unsigned)strtoul(e->oid, NULL, 10) : 0;
}

/* Where an entry says more of a table's rows than how they are copied, such as the table they are
 * to go to, pg_dump writes them. */
static bool is_plain_copy(const struct toc_entry *e)
{
    return e->had_dumper && toc_entry_is_copied_rows(e) && table_oid(e) != 0 &&
           (e->defn == NULL || e->defn[0] == '\0');
}

/* The tables that can be taken over. */
static int find_tables(struct capture *c)
{
    const struct toc *toc = archive_reader_toc(c->contents);

    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];

        if (is_plain_copy(e) &&
            pg_tables_add(&c->tables, e->dump_id, table_oid(e), e->copy_stmt) < 0)
            return -1;
    }
    return pg_tables_keep_ordinary(&c->tables, c->conn);
}

bool capture_has_taken(const struct capture *c, const struct toc_entry *e, size_t *next)
{
    bool taken = *next < c->tables.n && c->tables.items[*next].dump_id == e->dump_id;

    *next += taken;
    return taken;
}

/* Whether pg_dump is to bring data of others. */
static bool has_rest(const struct capture *c)
{
    const struct toc *toc = archive_reader_toc(c->contents);
    size_t next = 0;

    for (size_t i = 0; i < toc->n; i++)
        if (!capture_has_taken(c, &toc->entries[i], &next) && toc->entries[i].had_dumper)
            return true;
    return false;
}

/* The archive's texts, names of tables among them, are in pg_dump's encoding, and so must be what
 * we send and read. */
static int take_encoding(struct capture *c)
{
    const struct toc *toc = archive_reader_toc(c->contents);

    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];

        if (toc_entry_is(e, "ENCODING") && e->defn != NULL &&
            sscanf(e->defn, "SET client_encoding = '%31[A-Za-z0-9_]'", c->encoding) == 1 &&
            PQsetClientEncoding(c->conn, c->encoding) != 0)
            return pg_error_set(PQerrorMessage(c->conn));
    }
    return 0;
}

/* The tables whose rows pg_dump is told to leave out, to be freed, and how many they are; NULL with
 * the error set. */
static struct pg_table_name *list_large(const struct capture *c, size_t *n)
{
    const struct toc *toc = archive_reader_toc(c->contents);
    struct pg_table_name *names = calloc(c->tables.n + 1, sizeof(*names));
    size_t next = 0;

    if (names == NULL) {
        error_set("out of memory");
        return NULL;
    }
    *n = 0;
    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];
        size_t at = next;

        if (capture_has_taken(c, e, &next) && c->tables.items[at].bytes >= LEAST_TO_LEAVE_OUT)
            names[(*n)++] = (struct pg_table_name){.schema = e->schema, .name = e->tag};
    }
    return names;
}

void capture_explain(struct capture *c)
{
    if (c->pg_dump != NULL && child_output_ended(c->pg_dump))
        child_wait(c->pg_dump);
}

/* Runs pg_dump, without the rows of these tables, and reads its table of contents. Returns NULL
 * with the error set. */
static struct archive_reader *run_pg_dump(struct capture *c, const struct capture_options *options,
                                          const struct pg_table_name *without, size_t n_without)
{
    const struct pg_dump_options how = {
        .path = options->pg_dump,
        .conninfo = options->conninfo,
        .conn = c->conn,
        .snapshot = c->snapshot,
        .user = options->pg_dump_options,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .without_rows_of = without,
        .n_without_rows_of = n_without,
    };
    struct archive_reader *reader;

    c->pg_dump = pg_dump_start(&how);
    if (c->pg_dump == NULL)
        return NULL;
    reader = archive_reader_new(child_output(c->pg_dump));
    if (reader == NULL)
        capture_explain(c);
    return reader;
}

static void end_pg_dump(struct capture *c)
{
    child_free(c->pg_dump);
    c->pg_dump = NULL;
}

static int by_value(const void *a, const void *b)
{
    const unsigned *one = a, *other = b;

    return *one < *other ? -1 : *one > *other;
}

/* Where the second run brings the rows of a table nevertheless, they are pg_dump's. */
static int leave_listed(struct capture *c)
{
    const struct toc *toc = archive_reader_toc(c->rest);
    unsigned *oids = calloc(toc->n + 1, sizeof(*oids));
    size_t n = 0;

    if (oids == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < toc->n; i++)
        if (toc_entry_is(&toc->entries[i], "TABLE DATA"))
            oids[n++] = table_oid(&toc->entries[i]);
    qsort(oids, n, sizeof(*oids), by_value);
    for (size_t i = 0; i < c->tables.n; i++)
        c->tables.items[i].is_left =
            bsearch(&c->tables.items[i].oid, oids, n, sizeof(*oids), by_value) != NULL;
    free(oids);
    pg_tables_remove_left(&c->tables);
    return 0;
}

/* The second run, for what is left. Its locks may be held up by what waits for ours: then it is
 * worth another attempt. */
static int start_rest(struct capture *c, const struct capture_options *options)
{
    size_t n_without;
    struct pg_table_name *without = list_large(c, &n_without);

    if (without == NULL)
        return -1;
    c->rest = run_pg_dump(c, options, without, n_without);
    free(without);
    if (c->rest == NULL)
        return interrupt_signal() != 0 ? -1 : 1;
    return leave_listed(c);
}

/* Returns 0, 1 with the error set where another attempt may succeed, -1 with the error set. */
static int attempt(struct capture *c, const struct capture_options *options)
{
    int rc;

    c->snapshot = pg_snapshot_export(c->conn);
    if (c->snapshot == NULL)
        return -1;
    c->contents = run_pg_dump(c, options, NULL, 0);
    if (c->contents == NULL || take_encoding(c) != 0 || find_tables(c) != 0 ||
        check_contents(archive_reader_toc(c->contents), options->pg_dump_version) != 0)
        return -1;
    if (c->tables.n == 0) {
        c->rest = c->contents;
        return 0;
    }
    rc = pg_tables_lock(&c->tables, c->conn, LOCK_TIMEOUT_MS);
    if (rc != 0)
        return rc;
    /* It held the tables' locks until we have ours. */
    end_pg_dump(c);
    return has_rest(c) ? start_rest(c, options) : 0;
}

/* Everything but the connection. */
static void clear(struct capture *c)
{
    end_pg_dump(c);
    if (c->rest != c->contents)
        archive_reader_free(c->rest);
    archive_reader_free(c->contents);
    pg_tables_free(&c->tables);
    free(c->snapshot);
    *c = (struct capture){.conn = c->conn};
}

int capture_make(struct capture *c, PGconn *conn, const struct capture_options *options)
{
    int rc = 1;

    *c = (struct capture){.conn = conn};
    for (int i = 0; i < MOST_ATTEMPTS && rc > 0; i++) {
        if (i > 0) {
            log_info("%s: beginning again on a new snapshot", error_text());
            clear(c);
            if (pg_command(conn, "ROLLBACK") != 0)
                return -1;
        }
        rc = attempt(c, options);
    }
    return rc > 0 ? error_add_context("%d attempts have failed", MOST_ATTEMPTS) : rc;
}

int capture_end(struct capture *c)
{
    /* What pg_dump says when it ends tells whether it wrote all it should. */
    if (c->pg_dump != NULL && child_wait(c->pg_dump) != 0)
        return -1;
    return pg_snapshot_end(c->conn);
}

void capture_free(struct capture *c)
{
    clear(c);
}
