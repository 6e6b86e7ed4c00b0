#include "archive_memory.h"

static struct toc toc;
static struct wire_to_memory made;

static int start(void **state)
{
    struct toc_entry *e;

    (void)state;
    wire_to_memory_init(&made);
    toc = (struct toc){0};
    e = add_table(&toc, 7, "zwölf");
    e->schema = copy_of("public");
    e->table_am = copy_of("heap");
    e->relkind = 'r';
    add_dep(e, 3);
    add_dep(e, 2147483647);
    add_entry(&toc, 3, "COMMENT", NULL, "COMMENT ON \"a\nb\" IS 'x';\n", false);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    toc_free(&toc);
    free(made.to.data);
    return 0;
}

static void write_toc(int minor)
{
    assert_int_equal(toc_write(&toc, &made.out, minor), 0);
    assert_int_equal(wire_flush(&made.out), 0);
}

static int read_toc(struct toc *back, size_t len, int minor)
{
    static struct wire_in in;
    static struct memory m;

    m = (struct memory){.data = made.to.data, .len = len};
    wire_in_init(&in, memory_reader(&m));
    return toc_read(back, &in, minor);
}

static void an_entry_comes_back_with_all_its_fields(void **state)
{
    const struct toc_entry *e;
    struct toc back;

    (void)state;
    write_toc(16);
    assert_int_equal(read_toc(&back, made.to.len, 16), 0);
    assert_int_equal(back.n, 2);
    e = &back.entries[0];
    assert_int_equal(e->dump_id, 7);
    assert_true(e->had_dumper);
    assert_string_equal(e->tag, "zwölf");
    assert_string_equal(e->desc, "TABLE DATA");
    assert_int_equal(e->section, TOC_SECTION_DATA);
    assert_string_equal(e->copy_stmt, "COPY public.t (a) FROM stdin;\n");
    assert_string_equal(e->schema, "public");
    assert_null(e->tablespace);
    assert_string_equal(e->table_am, "heap");
    assert_int_equal(e->relkind, 'r');
    assert_string_equal(e->owner, "app");
    assert_string_equal(e->with_oids, "false");
    assert_int_equal(e->n_deps, 2);
    assert_int_equal(e->deps[0], 3);
    assert_int_equal(e->deps[1], 2147483647);
    assert_int_equal(e->data_state, WIRE_OFFSET_UNKNOWN);
    assert_null(back.entries[1].tag);
    assert_int_equal(back.entries[1].data_state, WIRE_OFFSET_NO_DATA);
    toc_free(&back);
}

static void the_kind_of_relation_is_written_from_version_16_only(void **state)
{
    struct toc back;
    size_t v16;

    (void)state;
    write_toc(16);
    v16 = made.to.len;
    write_toc(15);
    assert_int_equal(made.to.len - v16, v16 - 2 * 5);
    memmove(made.to.data, made.to.data + v16, made.to.len - v16);
    assert_int_equal(read_toc(&back, made.to.len - v16, 15), 0);
    assert_int_equal(back.entries[0].relkind, 0);
    assert_string_equal(back.entries[0].owner, "app");
    toc_free(&back);
}

static void a_table_cut_at_any_byte_is_an_error(void **state)
{
    (void)state;
    write_toc(16);
    for (size_t len = 0; len < made.to.len; len++) {
        struct toc back;

        assert_int_equal(read_toc(&back, len, 16), -1);
        assert_error_has("the archive ends in the middle");
        toc_free(&back);
    }
}

/* Writes a table of n entries whose first begins with this dump id, and depends on this one. */
static int read_damaged(int n, int dump_id, const char *dep)
{
    struct toc back;
    int rc;

    wire_put_int(&made.out, n);
    wire_put_int(&made.out, dump_id);
    wire_put_int(&made.out, 0);
    for (int i = 0; i < 14; i++)
        if (i == 4 || i == 11)
            wire_put_int(&made.out, 0);
        else
            wire_put_string(&made.out, "");
    wire_put_string(&made.out, dep);
    wire_put_string(&made.out, NULL);
    wire_put_offset(&made.out, WIRE_OFFSET_NO_DATA, 0);
    assert_int_equal(wire_flush(&made.out), 0);
    rc = read_toc(&back, made.to.len, 16);
    toc_free(&back);
    free(made.to.data);
    wire_to_memory_init(&made);
    return rc;
}

static void numbers_that_cannot_be_are_errors(void **state)
{
    (void)state;
    assert_int_equal(read_damaged(1, 1, "1"), 0);
    assert_int_equal(read_damaged(-1, 1, "1"), -1);
    assert_error_has("-1 entries");
    assert_int_equal(read_damaged(1, 0, "1"), -1);
    assert_error_has("dump id 0");
    assert_int_equal(read_damaged(1, -5, "1"), -1);
    assert_int_equal(read_damaged(1, 1, ""), -1);
    assert_int_equal(read_damaged(1, 1, "1x"), -1);
    assert_int_equal(read_damaged(1, 1, "-1"), -1);
    assert_int_equal(read_damaged(1, 1, "2147483648"), -1);
    assert_error_has("dependency \"2147483648\"");
    assert_int_equal(read_damaged(2147483647, 1, "1"), -1);
    assert_error_has("ends in the middle");
}

static void an_entry_is_found_wherever_the_last_one_was(void **state)
{
    (void)state;
    assert_ptr_equal(toc_find(&toc, 3), &toc.entries[1]);
    assert_ptr_equal(toc_find(&toc, 7), &toc.entries[0]);
    assert_ptr_equal(toc_find(&toc, 3), &toc.entries[1]);
    assert_null(toc_find(&toc, 4));
    assert_null(toc_find(&(struct toc){0}, 3));
}

static void only_table_data_with_a_copy_statement_is_copied_rows(void **state)
{
    struct toc_entry *e = &toc.entries[0];

    (void)state;
    assert_true(toc_entry_is_copied_rows(e));
    e->copy_stmt[0] = '\0'; /* as --inserts leaves it */
    assert_false(toc_entry_is_copied_rows(e));
    assert_false(toc_entry_is_copied_rows(&toc.entries[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_entry_comes_back_with_all_its_fields, start, finish),
        cmocka_unit_test_setup_teardown(the_kind_of_relation_is_written_from_version_16_only, start,
                                        finish),
        cmocka_unit_test_setup_teardown(a_table_cut_at_any_byte_is_an_error, start, finish),
        cmocka_unit_test_setup_teardown(numbers_that_cannot_be_are_errors, start, finish),
        cmocka_unit_test_setup_teardown(an_entry_is_found_wherever_the_last_one_was, start, finish),
        cmocka_unit_test_setup_teardown(only_table_data_with_a_copy_statement_is_copied_rows, start,
                                        finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
