#include "flow/rows.h"

#include <string.h>

#include "archive/rows.h"
#include "base/buf.h"
#include "base/error.h"
#include "flow/distribute.h"
#include "flow/loading.h"

struct work {
    struct routes *routes;
    const struct rows_options *options;
    struct rows_result *result;
    struct distribute distribute;
    struct loading *loading;
    struct pass *pass;
    bool input_failed; /* pg_restore takes no more */
};

static int start_loading(struct work *w)
{
    const struct pass_common *common = w->routes->common;
    const struct loader_shared shared = {
        .control = common->conn,
        .conninfo = common->conninfo,
        .session = *w->options->session,
        .statements = w->routes->statements,
        .stop_at_errors = common->stop_at_errors,
        .meter = common->meter,
    };

    if (w->routes->n_loaded == 0)
        return 0;
    w->loading = loading_start(&shared, w->routes->n_loaded, w->options->jobs);
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
    const struct pass_common *common = w->routes->common;
    const struct pass_options options = {.list = &w->routes->list};
    const struct writer out = {.write = write_input, .self = w};

    if (w->routes->list.len == 0)
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
    const struct pg_target_table *table = &w->routes->found[place];
    struct buf why = {0};

    if (pg_target_empty(w->routes->common->conn, table->schema, table->name) != 0 &&
        buf_printf(&why, "%s; and those that were loaded could not be taken out again: %s", error,
                   error_text()) == 0)
        routes_refuse(w->routes, place, why.data);
    else
        routes_refuse(w->routes, place, error);
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
    for (size_t i = 0; w->loading != NULL && i < w->routes->n_loaded; i++) {
        const struct queue_table *account = queue_table(loading_queue(w->loading), i);

        if (account->error != NULL)
            empty(w, w->routes->places[i], account->error);
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

        if (w->routes->of_entries[e - d->toc->entries].kind != ROUTE_PG_RESTORE ||
            failures_has(w->routes->common->failures, sum->dump_id))
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
    for (size_t i = 0; i < w->routes->n_loaded; i++) {
        const struct queue_table *account = queue_table(loading_queue(w->loading), i);

        if (account->error != NULL)
            routes_refuse(w->routes, w->routes->places[i], account->error);
    }
}

int rows_restore(struct routes *routes, struct archive_reader *archive,
                 const struct rows_options *options, struct rows_result *result)
{
    struct work w = {.routes = routes, .options = options, .result = result};
    struct routes_options choice = {.after_drops = options->after_drops,
                                    .not_into_failed = options->not_into_failed};
    struct toc toc = routes->common->selection->toc;
    int rc;

    w.distribute =
        (struct distribute){.archive = archive, .toc = &toc, .meter = routes->common->meter};
    *result = (struct rows_result){0};
    rc = distribute_begin(&w.distribute);
    choice.has_records = w.distribute.has_records;
    if (rc == 0)
        rc = routes_choose(routes, &choice);
    w.distribute.routes = routes->of_entries;
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
    return rc;
}
