#include "flow/plan.h"

#include <stdlib.h>

#include "base/error.h"

/* A table that is hardly larger than a chunk is not worth a second one. */
#define LEAST_TO_CUT (PLAN_CHUNK_BYTES + PLAN_CHUNK_BYTES / 2)

static bool is_worth_cutting(const struct pg_table *table)
{
    return table->is_heap && !table->stays_whole && table->bytes >= LEAST_TO_CUT &&
           table->pages > 1 && table->columns[0] != '\0';
}

static int by_size(const void *a, const void *b)
{
    const struct pg_table *one = *(const struct pg_table *const *)a;
    const struct pg_table *other = *(const struct pg_table *const *)b;

    if (one->bytes != other->bytes)
        return one->bytes < other->bytes ? 1 : -1;
    return one->oid < other->oid ? -1 : one->oid > other->oid;
}

/* Gives each table its number of pages for a chunk, 0 where it stays whole. Returns them, to be
 * freed, or NULL with the error set. */
static uint32_t *choose_cuts(const struct pg_tables *tables, const struct plan_limits *limits)
{
    const struct pg_table **largest = calloc(tables->n + 1, sizeof(*largest));
    uint32_t *pages = calloc(tables->n + 1, sizeof(*pages));
    size_t n = 0, locks = limits->most_locks;

    if (largest == NULL || pages == NULL) {
        error_set("out of memory");
        free(largest);
        free(pages);
        return NULL;
    }
    for (size_t i = 0; i < tables->n && limits->can_cut; i++)
        if (is_worth_cutting(&tables->items[i]))
            largest[n++] = &tables->items[i];
    qsort(largest, n, sizeof(*largest), by_size);
    for (size_t i = 0; i < n && locks >= largest[i]->n_indexes; i++) {
        const struct pg_table *table = largest[i];
        uint64_t per_chunk = (uint64_t)table->pages * PLAN_CHUNK_BYTES / table->bytes;

        locks -= table->n_indexes;
        pages[table - tables->items] = per_chunk > 0 ? (uint32_t)per_chunk : 1;
    }
    free(largest);
    return pages;
}

static size_t count_chunks(const struct pg_table *table, uint32_t pages)
{
    return pages == 0 ? 1 : (table->pages + (size_t)pages - 1) / pages;
}

/* Writes a table's chunks. The last one has no end: what was added since is not in the snapshot,
 * and the server stops at the last page by itself. */
static void cut(struct plan *plan, uint32_t at, const struct pg_table *table, uint32_t pages)
{
    size_t n = count_chunks(table, pages);

    for (size_t i = 0; i < n; i++)
        plan->chunks[plan->n++] = (struct plan_chunk){
            .table = at,
            .first_page = (uint32_t)(i * pages),
            .end_page = i + 1 < n ? (uint32_t)((i + 1) * pages) : UINT32_MAX,
        };
}

int plan_make(struct plan *plan, const struct pg_tables *tables, const struct plan_limits *limits)
{
    uint32_t *pages = choose_cuts(tables, limits);
    size_t n = 0;

    *plan = (struct plan){0};
    if (pages == NULL)
        return -1;
    for (size_t i = 0; i < tables->n; i++)
        n += count_chunks(&tables->items[i], pages[i]);
    plan->chunks = calloc(n + 1, sizeof(*plan->chunks));
    if (plan->chunks == NULL) {
        free(pages);
        return error_set("out of memory");
    }
    for (size_t i = 0; i < tables->n; i++) {
        cut(plan, (uint32_t)i, &tables->items[i], pages[i]);
        plan->bytes += tables->items[i].bytes;
    }
    free(pages);
    return 0;
}

void plan_free(struct plan *plan)
{
    free(plan->chunks);
    *plan = (struct plan){0};
}

bool plan_is_part(const struct plan_chunk *chunk)
{
    return chunk->first_page != 0 || chunk->end_page != UINT32_MAX;
}

uint64_t plan_chunk_bytes(const struct plan_chunk *chunk, const struct pg_table *table)
{
    uint32_t end = chunk->end_page < table->pages ? chunk->end_page : table->pages;

    if (!plan_is_part(chunk))
        return table->bytes;
    return table->bytes / table->pages * (end - chunk->first_page);
}
