#include "flow/routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pg/copy_statement.h"

static const struct toc_entry *entry_of(const struct routes *r, size_t i)
{
    return &r->common->selection->toc.entries[r->tables[i].entry];
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

static void list_tables(struct routes *r)
{
    const struct selection *s = r->common->selection;
    struct toc toc = s->toc;

    for (size_t i = 0; i < toc.n; i++) {
        const struct toc_entry *e = &toc.entries[i];

        if (!is_selected_table(s, i))
            continue;
        r->found[r->n].schema = text_of(e->schema);
        r->found[r->n].name = text_of(e->tag);
        r->tables[r->n++] = (struct routes_table){.entry = i, .is_created = is_created(s, &toc, e)};
    }
}

int routes_find(struct routes *r, const struct pass_common *common)
{
    const size_t most = common->selection->toc.n;

    *r = (struct routes){.common = common};
    r->tables = calloc(most + 1, sizeof(*r->tables));
    r->found = calloc(most + 1, sizeof(*r->found));
    if (r->tables == NULL || r->found == NULL)
        return error_set("out of memory");
    list_tables(r);
    if (pg_target_look(common->conn, r->found, r->n) != 0)
        return -1;
    for (size_t i = 0; i < r->n; i++)
        r->tables[i].was_there = r->found[i].is_there;
    return 0;
}

void routes_clear(struct routes *r)
{
    free(r->tables);
    free(r->found);
    free(r->of_entries);
    free(r->statements);
    free(r->places);
    buf_free(&r->list);
    *r = (struct routes){0};
}

void routes_refuse(const struct routes *r, size_t i, const char *why)
{
    const struct toc_entry *e = entry_of(r, i);
    struct buf what = {0};

    if (buf_add_text(&what, "rows of ") != 0 || toc_entry_add_name(e, &what) != 0)
        buf_free(&what);
    failures_add(r->common->failures, e->dump_id, buf_text(&what), why);
    buf_free(&what);
}

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
static bool is_full(const struct routes *r, const struct routes_options *o, size_t i)
{
    const struct pg_target_table *found = &r->found[i];

    if (found->of_extension)
        return found->has_rows && o->after_drops && r->tables[i].was_there;
    return found->has_rows;
}

static enum route_kind choose_route(const struct routes *r, const struct routes_options *o,
                                    size_t i)
{
    const struct routes_table *table = &r->tables[i];
    const struct pg_target_table *found = &r->found[i];

    if (!found->is_there) {
        routes_refuse(r, i, "there is no such table");
        return ROUTE_NOWHERE;
    }
    if (is_full(r, o, i)) {
        routes_refuse(r, i, "the table has rows already: it is left as it is");
        return ROUTE_NOWHERE;
    }
    if (table->was_there && table->is_created && o->not_into_failed)
        return ROUTE_NOWHERE;
    /* A table of others may have triggers, and foreign keys that want an order. */
    if (o->has_records && !table->was_there && found->is_ordinary && !found->of_extension &&
        is_plain(entry_of(r, i)))
        return ROUTE_LOADERS;
    return ROUTE_PG_RESTORE;
}

static void route_tables(struct routes *r, const struct routes_options *o)
{
    for (size_t i = 0; i < r->n; i++) {
        struct route *route = &r->of_entries[r->tables[i].entry];

        *route = (struct route){.kind = choose_route(r, o, i)};
        if (route->kind != ROUTE_LOADERS)
            continue;
        route->table = r->n_loaded;
        r->statements[r->n_loaded] = entry_of(r, i)->copy_stmt;
        r->places[r->n_loaded++] = i;
    }
}

/* What is no table's rows is pg_restore's, and all that is goes on its list. */
static int list_rest(struct routes *r)
{
    const struct selection *s = r->common->selection;

    for (size_t i = 0; i < s->toc.n; i++) {
        if (!s->wanted[i] || s->passes[i] != ARCHIVE_PASS_DATA)
            continue;
        if (!is_selected_table(s, i))
            r->of_entries[i].kind = ROUTE_PG_RESTORE;
        if (r->of_entries[i].kind == ROUTE_PG_RESTORE &&
            buf_printf(&r->list, "%d\n", s->toc.entries[i].dump_id) != 0)
            return -1;
    }
    return 0;
}

int routes_choose(struct routes *r, const struct routes_options *options)
{
    const size_t n = r->common->selection->toc.n;

    r->of_entries = calloc(n + 1, sizeof(*r->of_entries));
    r->statements = calloc(r->n + 1, sizeof(*r->statements));
    r->places = calloc(r->n + 1, sizeof(*r->places));
    if (r->of_entries == NULL || r->statements == NULL || r->places == NULL)
        return error_set("out of memory");
    if (pg_target_look(r->common->conn, r->found, r->n) != 0)
        return -1;
    route_tables(r, options);
    if (r->common->stop_at_errors && r->common->failures->n > 0)
        return failures_error(r->common->failures);
    return list_rest(r);
}
