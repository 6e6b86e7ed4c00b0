#include "flow/rows.h"

#include <stdlib.h>
#include <string.h>

#include "archive/rows.h"
#include "base/error.h"
#include "flow/distribute.h"
#include "flow/loading.h"
#include "pg/copy_statement.h"

static const struct toc_entry *entry_of(const struct rows *rows, size_t i)
{
    return &rows->common->selection->toc.entries[rows->entries[i]];
}

static bool is_selected_table(const struct selection *s, size_t i)
{
    return s->wanted[i] && s->toc.entries[i].had_dumper &&
           toc_entry_is(&s->toc.entries[i], "TABLE DATA");
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

int rows_find(struct rows *rows, const struct pass_common *common)
{
    const struct selection *s = common->selection;

    *rows = (struct rows){.common = common};
    rows->tables = calloc(s->toc.n + 1, sizeof(*rows->tables));
    rows->entries = calloc(s->toc.n + 1, sizeof(*rows->entries));
    rows->was_there = calloc(s->toc.n + 1, sizeof(*rows->was_there));
    if (rows->tables == NULL || rows->entries == NULL || rows->was_there == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < s->toc.n; i++) {
        const struct toc_entry *e = &s->toc.entries[i];

        if (!is_selected_table(s, i))
            continue;
        rows->tables[rows->n].schema = text_of(e->schema);
        rows->tables[rows->n].name = text_of(e->tag);
        rows->entries[rows->n++] = i;
    }
    if (pg_target_look(common->conn, rows->tables, rows->n) != 0)
        return -1;
    for (size_t i = 0; i < rows->n; i++)
        rows->was_there[i] = rows->tables[i].is_there;
    return 0;
}

void rows_free(struct rows *rows)
{
    free(rows->tables);
    free(rows->entries);
    free(rows->was_there);
    *rows = (struct rows){0};
}

static void refuse(const struct rows *rows, size_t i, const char *why)
{
    struct buf what = {0};

    if (buf_add_text(&what, "rows of ") == 0 && toc_entry_add_name(entry_of(rows, i), &what) == 0)
        failures_add(rows->common->failures, what.data, why);
    else
        failures_add(rows->common->failures, "rows of a table", why);
    buf_free(&what);
}

/* What is done with the data, once it is known where it goes. */
struct work {
    struct rows *rows;
    const struct rows_options *options;
    struct rows_result *result;
    struct distribute distribute;
    struct route *routes;    /* of each entry */
    const char **statements; /* of each table that the loaders get, */
    size_t *places;          /* and its place among the tables */
    size_t n_queued;
    struct buf list; /* what pg_restore does */
    struct loading *loading;
    struct pass *pass;
    bool input_failed; /* pg_restore takes no more */
};

/* Whether the entry is just a COPY statement: with a definition it says more, such as that the rows
 * go to another table. */
static bool is_plain(const struct toc_entry *e)
{
    char *columns = NULL;
    const bool plain = toc_entry_is_copied_rows(e) && (e->defn == NULL || e->defn[0] == '\0') &&
                       pg_copy_statement_columns(e->copy_stmt, &columns) > 0;

    free(columns);
    return plain;
}

static enum route_kind choose_route(const struct work *w, size_t i)
{
    const struct pg_target_table *table = &w->rows->tables[i];
    const bool was_there = w->rows->was_there[i];

    if (!table->is_there) {
        refuse(w->rows, i, "there is no such table");
        return ROUTE_NOWHERE;
    }
    if (table->has_rows && !table->of_extension) {
        refuse(w->rows, i, "the table has rows already: it is left as it is");
        return ROUTE_NOWHERE;
    }
    if (was_there && !table->of_extension && w->options->not_into_failed)
        return ROUTE_NOWHERE;
    /* A table of others may have triggers, and foreign keys that want an order. */
    if (w->distribute.has_records && !was_there && table->is_ordinary && !table->of_extension &&
        is_plain(entry_of(w->rows, i)))
        return ROUTE_LOADERS;
    return ROUTE_PG_RESTORE;
}

static void route_tables(struct work *w)
{
    for (size_t i = 0; i < w->rows->n; i++) {
        struct route *route = &w->routes[w->rows->entries[i]];

        *route = (struct route){.kind = choose_route(w, i)};
        if (route->kind != ROUTE_LOADERS)
            continue;
        route->table = w->n_queued;
        w->statements[w->n_queued] = entry_of(w->rows, i)->copy_stmt;
        w->places[w->n_queued++] = i;
    }
}

/* What is no table's rows is pg_restore's, and all that is goes on its list. */
static int list_rest(struct work *w)
{
    const struct selection *s = w->rows->common->selection;

    for (size_t i = 0; i < s->toc.n; i++) {
        if (!s->wanted[i] || s->passes[i] != ARCHIVE_PASS_DATA)
            continue;
        if (!is_selected_table(s, i))
            w->routes[i].kind = ROUTE_PG_RESTORE;
        if (w->routes[i].kind == ROUTE_PG_RESTORE &&
            buf_printf(&w->list, "%d\n", s->toc.entries[i].dump_id) != 0)
            return -1;
    }
    return 0;
}

static int find_routes(struct work *w)
{
    const size_t n = w->rows->common->selection->toc.n;

    w->routes = calloc(n + 1, sizeof(*w->routes));
    w->statements = calloc(w->rows->n + 1, sizeof(*w->statements));
    w->places = calloc(w->rows->n + 1, sizeof(*w->places));
    if (w->routes == NULL || w->statements == NULL || w->places == NULL)
        return error_set("out of memory");
    if (pg_target_look(w->rows->common->conn, w->rows->tables, w->rows->n) != 0)
        return -1;
    route_tables(w);
    return list_rest(w);
}

static int start_loading(struct work *w)
{
    const struct pass_common *common = w->rows->common;
    const struct loader_shared shared = {
        .control = common->conn,
        .conninfo = common->conninfo,
        .session = *w->options->session,
        .statements = w->statements,
        .stop_at_errors = common->stop_at_errors,
        .meter = common->meter,
    };

    if (w->n_queued == 0)
        return 0;
    w->loading = loading_start(&shared, w->n_queued, w->options->jobs);
    if (w->loading == NULL)
        return -1;
    w->distribute.queue = loading_queue(w->loading);
    return 0;
}

static int write_input(void *self, const void *data, size_t len)
{
    struct work *w = self;
    const struct writer input = child_input(pass_child(w->pass));
    int rc = writer_put(&input, data, len);

    w->input_failed = rc != 0;
    return rc;
}

static int start_pg_restore(struct work *w)
{
    const struct pass_common *common = w->rows->common;
    const struct pass_options options = {.list = &w->list};
    const struct writer out = {.write = write_input, .self = w};

    if (w->list.len == 0)
        return 0;
    w->pass = pass_start(common, &options);
    if (w->pass == NULL)
        return -1;
    w->distribute.writer =
        archive_writer_new(out, &common->selection->header, w->distribute.toc, 1);
    return w->distribute.writer != NULL ? 0 : -1;
}

/* Where pg_restore has gone, what it said tells more than that its input was closed. */
static int run(struct work *w)
{
    int rc = start_loading(w);

    if (rc == 0)
        rc = start_pg_restore(w);
    if (rc == 0)
        rc = distribute_run(&w->distribute);
    if (rc != 0)
        return w->input_failed && pass_end(w->pass) != 0 ? -1 : rc;
    if (w->pass != NULL && pass_end(w->pass) != 0)
        return -1;
    return w->loading != NULL ? loading_finish(w->loading) : 0;
}

/* Takes out again what was loaded of a table's rows, some of which were refused. */
static void empty(struct work *w, size_t place, const struct queue_table *account)
{
    const struct pg_target_table *table = &w->rows->tables[place];
    struct buf why = {0};

    if (account->rows > 0 &&
        pg_target_empty(w->rows->common->conn, table->schema, table->name) != 0 &&
        buf_printf(&why, "%s; and those that were loaded could not be taken out again: %s",
                   account->error, error_text()) == 0)
        refuse(w->rows, place, why.data);
    else
        refuse(w->rows, place, account->error);
    buf_free(&why);
}

/* To be called once the loaders have ended, and, where the restore goes on, with `goes_on`: else
 * the error that is set stays as it is. */
static void account_for(struct work *w, bool goes_on)
{
    struct rows_result *result = w->result;

    *result = (struct rows_result){
        .tables = w->distribute.tables, .rows = w->distribute.rows, .bytes = w->distribute.bytes};
    for (size_t i = 0; w->loading != NULL && i < w->n_queued; i++) {
        const struct queue_table *account = queue_table(loading_queue(w->loading), i);

        if (account->error != NULL) {
            if (goes_on)
                empty(w, w->places[i], account);
            else
                refuse(w->rows, w->places[i], account->error);
            continue;
        }
        result->tables++;
        result->rows += account->rows;
        result->bytes += account->bytes + strlen(ARCHIVE_ROWS_END); /* as a dump counts them */
    }
}

int rows_restore(struct rows *rows, struct archive_reader *archive,
                 const struct rows_options *options, struct rows_result *result)
{
    struct work w = {.rows = rows, .options = options, .result = result};
    struct toc toc = rows->common->selection->toc;
    int rc;

    w.distribute =
        (struct distribute){.archive = archive, .toc = &toc, .meter = rows->common->meter};
    *result = (struct rows_result){0};
    rc = distribute_begin(&w.distribute);
    if (rc == 0)
        rc = find_routes(&w);
    w.distribute.routes = w.routes;
    if (rc == 0)
        rc = run(&w);
    if (rc != 0 && w.loading != NULL)
        loading_stop(w.loading);
    account_for(&w, rc == 0);
    archive_writer_free(w.distribute.writer);
    pass_free(w.pass);
    loading_free(w.loading);
    buf_free(&w.list);
    free(w.routes);
    free(w.statements);
    free(w.places);
    return rc;
}
