#include "flow/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "pg/connection.h"
#include "pg/copy_statement.h"
#include "pg/pgdump.h"
#include "pg/snapshot.h"

#define MOST_ATTEMPTS 3

/* Telling pg_dump to leave a table's rows out costs it some queries, the time in which it writes
 * about so many bytes: the rows of smaller tables it may write for nothing. */
#define LEAST_TO_LEAVE_OUT (2 * 1024 * 1024)

/* How long pg_dump waits for the tables' locks. Meanwhile everybody else who wants them waits, too.
 */
#define PG_DUMP_LOCK_TIMEOUT_MS 60000

/* How long we do. pg_dump has them: whoever wants a stronger lock now waits for it to end, and we
 * for him. */
#define LOCK_TIMEOUT_MS 5000

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

/* The columns, if the entry is just a COPY statement: where it says more of the rows, such as the
 * table they are to go to, pg_dump writes them. NULL for the others, *rc being -1 with the error
 * set where that is for lack of memory. */
static char *plain_columns(const struct toc_entry *e, int *rc)
{
    char *columns = NULL;

    if (toc_entry_is_copied_rows(e) && (e->defn == NULL || e->defn[0] == '\0') &&
        pg_copy_statement_columns(e->copy_stmt, &columns) < 0)
        *rc = -1;
    return columns;
}

/* The tables, those that can be taken over and those that are left. */
static int find_tables(struct capture *c)
{
    const struct toc *toc = archive_reader_toc(c->contents);
    int rc = 0;

    for (size_t i = 0; i < toc->n && rc == 0; i++) {
        const struct toc_entry *e = &toc->entries[i];
        char *columns;

        if (!e->had_dumper || !toc_entry_is(e, "TABLE DATA") || table_oid(e) == 0)
            continue;
        columns = plain_columns(e, &rc);
        if (rc == 0)
            rc = pg_tables_add(&c->tables, e->dump_id, table_oid(e), e->schema, e->tag, columns);
    }
    return rc == 0 ? pg_tables_sort_out(&c->tables, c->conn) : -1;
}

bool capture_is_same(const struct toc_entry *a, const struct toc_entry *b)
{
    return toc_entry_is(a, b->desc) && strcmp(a->oid, b->oid) == 0;
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
    char sql[64];

    toc_encoding(archive_reader_toc(c->contents), c->encoding);
    if (c->encoding[0] == '\0')
        return 0;
    snprintf(sql, sizeof(sql), "SET client_encoding = '%s'", c->encoding);
    return pg_command(c->conn, sql);
}

/* The tables whose rows pg_dump is told to leave out, those of `least_bytes` or more; to be freed.
 * *n is how many they are. NULL with the error set. */
static struct pg_table_name *list_names(const struct capture *c, uint64_t least_bytes, size_t *n)
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

        if (capture_has_taken(c, e, &next) && c->tables.items[at].bytes >= least_bytes)
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
        .lock_timeout_ms = PG_DUMP_LOCK_TIMEOUT_MS,
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

static int by_oid(const void *a, const void *b)
{
    const struct pg_table *one = *(struct pg_table *const *)a;
    const struct pg_table *other = *(struct pg_table *const *)b;

    return one->oid < other->oid ? -1 : one->oid > other->oid;
}

/*
 * The second run lists tables that are taken over, too. Where it was told to leave one's rows out,
 * as those of `least_bytes` or more, they are its own nevertheless; those of the others are passed
 * over when they come, which their entries tell by having no data.
 */
static int share_listed(struct capture *c, uint64_t least_bytes)
{
    const struct toc *toc = archive_reader_toc(c->rest);
    struct pg_table **tables = calloc(c->tables.n + 1, sizeof(struct pg_table *));

    if (tables == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < c->tables.n; i++)
        tables[i] = &c->tables.items[i];
    qsort(tables, c->tables.n, sizeof(struct pg_table *), by_oid);
    for (size_t i = 0; i < toc->n; i++) {
        struct toc_entry *e = &toc->entries[i];
        struct pg_table wanted = {.oid = table_oid(e)}, *key = &wanted, **found;

        if (!toc_entry_is(e, "TABLE DATA"))
            continue;
        found = bsearch(&key, tables, c->tables.n, sizeof(struct pg_table *), by_oid);
        if (found != NULL && (*found)->bytes >= least_bytes)
            (*found)->part = PG_TABLE_LEFT;
        else if (found != NULL)
            e->had_dumper = false;
    }
    free(tables);
    pg_tables_remove(&c->tables, PG_TABLE_LEFT);
    return 0;
}

/* Whether all data that the second run brings comes in the order of the archive. Where it sorts
 * tables by their foreign keys, tables that are left out may make it choose another. */
static bool rest_is_in_order(const struct capture *c)
{
    const struct toc *all = archive_reader_toc(c->contents), *rest = archive_reader_toc(c->rest);
    size_t at = 0;

    for (size_t i = 0; i < rest->n; i++) {
        if (!rest->entries[i].had_dumper)
            continue;
        while (at < all->n && !capture_is_same(&all->entries[at], &rest->entries[i]))
            at++;
        if (at++ == all->n)
            return false;
    }
    return true;
}

static int run_rest(struct capture *c, const struct capture_options *options, uint64_t least_bytes)
{
    size_t n_without;
    struct pg_table_name *without = list_names(c, least_bytes, &n_without);

    if (without == NULL)
        return -1;
    c->rest = run_pg_dump(c, options, without, n_without);
    free(without);
    /* Its locks may be held up by what waits for ours: then it is worth another attempt. */
    if (c->rest == NULL)
        return interrupt_signal() != 0 ? -1 : 1;
    return 0;
}

static void end_rest(struct capture *c)
{
    end_pg_dump(c);
    archive_reader_free(c->rest);
    c->rest = NULL;
}

/* The second run, for what is left: without the large tables, or where the order is lost by that
 * with all of them, as the first. */
static int start_rest(struct capture *c, const struct capture_options *options)
{
    static const uint64_t least_bytes[] = {LEAST_TO_LEAVE_OUT, UINT64_MAX};

    for (size_t i = 0; i < sizeof(least_bytes) / sizeof(least_bytes[0]); i++) {
        int rc = run_rest(c, options, least_bytes[i]);

        if (rc != 0)
            return rc;
        if (share_listed(c, least_bytes[i]) != 0)
            return -1;
        if (rest_is_in_order(c))
            return 0;
        end_rest(c);
    }
    return error_set("pg_dump lists the tables in another order each time it runs: try again");
}

/* Whether the error is pg_dump's for a table that was dropped, or got another name, before it had
 * locked it. */
static bool has_lost_table(void)
{
    return strstr(error_text(), "LOCK TABLE") != NULL &&
           strstr(error_text(), "does not exist") != NULL;
}

/* Returns 0, 1 with the error set where another attempt may succeed, -1 with the error set. */
static int attempt(struct capture *c, const struct capture_options *options)
{
    int rc;

    c->snapshot = pg_snapshot_export(c->conn);
    if (c->snapshot == NULL)
        return -1;
    c->contents = run_pg_dump(c, options, NULL, 0);
    if (c->contents == NULL)
        return has_lost_table() ? 1 : -1;
    if (take_encoding(c) != 0 || find_tables(c) != 0 ||
        check_contents(archive_reader_toc(c->contents), options->pg_dump_version) != 0)
        return -1;
    rc = pg_tables_lock(&c->tables, c->conn, LOCK_TIMEOUT_MS);
    if (rc != 0)
        return rc;
    pg_tables_remove(&c->tables, PG_TABLE_LEFT);
    if (c->tables.n == 0) {
        c->rest = c->contents; /* it goes on */
        return 0;
    }
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
    if (pg_tables_check(&c->tables, c->conn) != 0)
        return -1;
    return pg_snapshot_end(c->conn);
}

void capture_free(struct capture *c)
{
    clear(c);
}
