#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/plan.h"

#define PAGE 8192
#define MB   (1024 * 1024)

static const struct plan_limits plenty = {.can_cut = true, .most_locks = 1000};

static struct pg_table heap(unsigned oid, uint64_t bytes)
{
    static char column[] = "a";

    return (struct pg_table){.oid = oid,
                             .columns = column,
                             .pages = (uint32_t)(bytes / PAGE),
                             .bytes = bytes,
                             .n_indexes = 2,
                             .is_heap = true};
}

static void make(struct plan *plan, struct pg_table *tables, size_t n,
                 const struct plan_limits *limits)
{
    const struct pg_tables all = {.items = tables, .n = n};

    assert_int_equal(plan_make(plan, &all, limits), 0);
}

/* Each table's chunks stand together, in the tables' order, and leave no page out. */
static void assert_whole(const struct plan *plan, size_t n_tables)
{
    size_t at = 0;

    for (size_t table = 0; table < n_tables; table++) {
        uint32_t page = 0;

        do {
            assert_true(at < plan->n);
            assert_int_equal(plan->chunks[at].table, table);
            assert_int_equal(plan->chunks[at].first_page, page);
            page = plan->chunks[at++].end_page;
        } while (page != UINT32_MAX);
    }
    assert_int_equal(at, plan->n);
}

static void a_small_table_is_one_chunk(void **state)
{
    struct pg_table tables[] = {heap(1, 0), heap(2, PAGE), heap(3, 9 * MB)};
    struct plan plan;

    (void)state;
    make(&plan, tables, 3, &plenty);
    assert_int_equal(plan.n, 3);
    assert_whole(&plan, 3);
    for (size_t i = 0; i < 3; i++)
        assert_false(plan_is_part(&plan.chunks[i]));
    assert_int_equal(plan.bytes, PAGE + 9 * MB);
    plan_free(&plan);
}

static void a_large_heap_is_cut_into_chunks_of_about_8_mb(void **state)
{
    struct pg_table tables[] = {heap(1, PAGE), heap(2, 801 * MB), heap(3, PAGE)};
    struct plan plan;

    (void)state;
    make(&plan, tables, 3, &plenty);
    assert_whole(&plan, 3);
    assert_in_range(plan.n, 2 + 100, 2 + 102);
    assert_true(plan_is_part(&plan.chunks[1]));
    plan_free(&plan);
}

static void what_toast_holds_counts(void **state)
{
    struct pg_table table = heap(1, 4 * PAGE);
    struct plan plan;

    (void)state;
    table.bytes = 100 * MB;
    make(&plan, &table, 1, &plenty);
    assert_int_equal(plan.n, 4); /* a page is the least */
    assert_whole(&plan, 1);
    plan_free(&plan);
}

static void the_shares_of_a_tables_chunks_make_up_its_bytes(void **state)
{
    struct pg_table table = heap(1, 101 * MB);
    struct plan plan;
    uint64_t sum = 0;

    (void)state;
    make(&plan, &table, 1, &plenty);
    for (size_t i = 0; i < plan.n; i++)
        sum += plan_chunk_bytes(&plan.chunks[i], &table);
    assert_in_range(sum, table.bytes - table.pages, table.bytes);
    plan_free(&plan);
}

static void nothing_is_cut_where_the_server_cannot_find_pages(void **state)
{
    const struct plan_limits old_server = {.can_cut = false, .most_locks = 1000};
    struct pg_table tables[] = {heap(1, 100 * MB), heap(2, 100 * MB), heap(3, 100 * MB)};
    struct plan plan;

    (void)state;
    tables[1].is_heap = false;
    tables[2].columns = (char[]){""};
    make(&plan, tables, 3, &old_server);
    assert_int_equal(plan.n, 3);
    plan_free(&plan);
    make(&plan, tables + 1, 2, &plenty);
    assert_int_equal(plan.n, 2);
    plan_free(&plan);
}

static void where_locks_are_few_the_largest_tables_are_cut(void **state)
{
    const struct plan_limits few = {.can_cut = true, .most_locks = 5};
    struct pg_table tables[] = {heap(1, 16 * MB), heap(2, 80 * MB), heap(3, 16 * MB),
                                heap(4, 160 * MB)};
    struct plan plan;
    size_t chunks[4] = {0};

    (void)state;
    make(&plan, tables, 4, &few);
    assert_whole(&plan, 4);
    for (size_t i = 0; i < plan.n; i++)
        chunks[plan.chunks[i].table]++;
    assert_int_equal(chunks[0], 1);
    assert_true(chunks[1] > 1);
    assert_int_equal(chunks[2], 1);
    assert_true(chunks[3] > 1);
    plan_free(&plan);
}

static void no_table_is_no_chunk(void **state)
{
    struct plan plan;

    (void)state;
    make(&plan, NULL, 0, &plenty);
    assert_int_equal(plan.n, 0);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_table_is_one_chunk),
        cmocka_unit_test(a_large_heap_is_cut_into_chunks_of_about_8_mb),
        cmocka_unit_test(what_toast_holds_counts),
        cmocka_unit_test(the_shares_of_a_tables_chunks_make_up_its_bytes),
        cmocka_unit_test(nothing_is_cut_where_the_server_cannot_find_pages),
        cmocka_unit_test(where_locks_are_few_the_largest_tables_are_cut),
        cmocka_unit_test(no_table_is_no_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
