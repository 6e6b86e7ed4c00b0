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
    return &rows->common->selection->toc.entries[rows->tables[i].entry];
}

static bool is_selected_table(const struct selection *s, size_t i)
{
    return s->wanted[i] && s->toc.entries[i].had_dumper &&
           toc_entry_is(&s->toc.entries[i], "TABLE DATA");
}

/* Whether the table that the rows depend on is selected. `toc` is the selection's. */
static bool is_created(const struct selection *s, struct toc *toc, const struct toc_entry *rows)
{
    for (size_t i = 0; i < rows->n_deps; i++) {
        const struct toc_entry *e = toc_find(toc, rows->deps[i]);

        if (e != NULL && toc_entry_is(e, "TABLE") && s->wanted[e - toc->entries])
            return true;
    }
    return false;
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

static void list_tables(struct rows *rows)
{
    const struct selection *s = rows->common->selection;
    struct toc toc = s->toc;

    for (size_t i = 0; i < toc.n; i++) {
        const struct toc_entry *e = &toc.entries[i];

        if (!is_selected_table(s, i))
            continue;
        rows->found[rows->n].schema = text_of(e->schema);
        rows->found[rows->n].name = text_of(e->tag);
        rows->tables[rows->n++] =
            (struct rows_table){.entry = i, .is_created = is_created(s, &toc, e)};
    }
}

int rows_find(struct rows *rows, const struct pass_common *common)
{
    const size_t most = common->selection->toc.n;

    *rows = (struct rows){.common = common};
    rows->tables = calloc(most + 1, sizeof(*rows->tables));
    rows->found = calloc(most + 1, sizeof(*rows->found));
    if (rows->tables == NULL || rows->found == NULL)
        return error_set("out of memory");
    list_tables(rows);
    if (pg_target_look(common->conn, rows->found, rows->n) != 0)
        return -1;
    for (size_t i = 0; i < rows->n; i++)
        rows->tables[i].was_there = rows->found[i].is_there;
    return 0;
}

void rows_free(struct rows *rows)
{
    free(rows->tables);
    free(rows->found);
    *rows = (struct rows){0};
}

static void refuse(const struct rows *rows, size_t i, const char *why)
{
    const struct toc_entry *e = entry_of(rows, i);
    struct buf what = {0};

    if (buf_add_text(&what, "rows of ") != 0 || toc_entry_add_name(e, &what) != 0)
        buf_free(&what);
    failures_add(rows->common->failures, e->dump_id, buf_text(&what), why);
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

/* Whether what a table has is in the way. An extension's may have rows that it came with. */
static bool is_full(const struct work *w, size_t i)
{
    const struct pg_target_table *found = &w->rows->found[i];

    if (found->of_extension)
        return found->has_rows && w->options->after_drops && w->rows->tables[i].was_there;
    return found->has_rows;
}

static enum route_kind choose_route(const struct work *w, size_t i)
{
    const struct rows_table *table = &w->rows->tables[i];
    const struct pg_target_table *found = &w->rows->found[i];

    if (!found->is_there) {
        refuse(w->rows, i, "there is no such table");
        return ROUTE_NOWHERE;
    }
    if (is_full(w, i)) {
        refuse(w->rows, i, "the table has rows already: it is left as it is");
        return ROUTE_NOWHERE;
    }
    if (table->was_there && table->is_created && w->options->not_into_failed)
        return ROUTE_NOWHERE;
    /* A table of others may have triggers, and foreign keys that want an order. */
    if (w->distribute.has_records && !table->was_there && found->is_ordinary &&
        !found->of_extension && is_plain(entry_of(w->rows, i)))
        return ROUTE_LOADERS;
    return ROUTE_PG_RESTORE;
}

static void route_tables(struct work *w)
{
    for (size_t i = 0; i < w->rows->n; i++) {
        struct route *route = &w->routes[w->rows->tables[i].entry];

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
    if (pg_target_look(w->rows->common->conn, w->rows->found, w->rows->n) != 0)
        return -1;
    route_tables(w);
    if (w->rows->common->stop_at_errors && w->rows->common->failures->n > 0)
        return failures_error(w->rows->common->failures);
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

/* Where the loaders have given up, what pg_restore would do is for nothing. */
static int write_input(void *self, const void *data, size_t len)
{
    struct work *w = self;
    const struct writer input = child_input(pass_child(w->pass));
    int rc;

    if (w->loading != NULL && queue_has_failed(loading_queue(w->loading)))
        return -1;
    rc = writer_put(&input, data, len);
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

/* Leaves nothing in a table of whose rows some were refused. A commit whose answer was lost has no
 * place in the account. */
static void empty(struct work *w, size_t place, const char *error)
{
    const struct pg_target_table *table = &w->rows->found[place];
    struct buf why = {0};

    if (pg_target_empty(w->rows->common->conn, table->schema, table->name) != 0 &&
        buf_printf(&why, "%s; and those that were loaded could not be taken out again: %s", error,
                   error_text()) == 0)
        refuse(w->rows, place, why.data);
    else
        refuse(w->rows, place, error);
    buf_free(&why);
}

static void add(struct rows_result *result, uint64_t rows, uint64_t bytes)
{
    result->tables++;
    result->rows += rows;
    result->bytes += bytes;
}

/* What loaders have done, once they have ended. A dump counts the rows' end marks, too. */
static void account_for_loaders(struct work *w)
{
    for (size_t i = 0; w->loading != NULL && i < w->n_queued; i++) {
        const struct queue_table *account = queue_table(loading_queue(w->loading), i);

        if (account->error != NULL)
            empty(w, w->places[i], account->error);
        else
            add(w->result, account->rows, account->bytes + strlen(ARCHIVE_ROWS_END));
    }
}

static void account_for_pg_restore(struct work *w)
{
    const struct distribute *d = &w->distribute;

    for (size_t i = 0; i < d->found.n; i++) {
        const struct archive_block_sum *sum = &d->found.blocks[i];
        const struct toc_entry *e = toc_find(d->toc, sum->dump_id);

        if (w->routes[e - d->toc->entries].kind != ROUTE_PG_RESTORE ||
            failures_has(w->rows->common->failures, sum->dump_id))
            continue;
        if (toc_entry_is(e, "TABLE DATA"))
            add(w->result, toc_entry_is_copied_rows(e) ? sum->rows : 0, sum->bytes);
        else
            w->result->bytes += sum->bytes;
    }
}

/* Where it could not go on the loaders end too, and what they say of tables is noted; nothing more
 * is done then, so that the error that is set stays. */
static void give_up(struct work *w)
{
    if (w->loading == NULL)
        return;
    loading_stop(w->loading);
    for (size_t i = 0; i < w->n_queued; i++) {
        const struct queue_table *account = queue_table(loading_queue(w->loading), i);

        if (account->error != NULL)
            refuse(w->rows, w->places[i], account->error);
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
    if (rc == 0) {
        account_for_loaders(&w);
        account_for_pg_restore(&w);
    } else {
        give_up(&w);
    }
    distribute_clear(&w.distribute);
    archive_writer_free(w.distribute.writer);
    pass_free(w.pass);
    loading_free(w.loading);
    buf_free(&w.list);
    free(w.routes);
    free(w.statements);
    free(w.places);
    return rc;
}
