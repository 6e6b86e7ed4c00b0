/*
 * The passes in which an archive is restored.
 */
#include "archive_memory.h"

#include "archive/passes.h"

static struct toc toc;

static int start(void **state)
{
    (void)state;
    toc = (struct toc){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    toc_free(&toc);
    return 0;
}

static struct toc_entry *add(const char *desc, const char *tag, int section)
{
    struct toc_entry *e = add_entry(&toc, (int)toc.n + 1, desc, tag, "CREATE ...;\n", false);

    e->section = section;
    return e;
}

static void assert_passes(const enum archive_pass *expected)
{
    enum archive_pass found[16];

    assert_true(toc.n <= 16);
    archive_passes_find(&toc, found);
    for (size_t i = 0; i < toc.n; i++)
        if (found[i] != expected[i])
            fail_msg("%s: %d instead of %d", toc.entries[i].tag, (int)found[i], (int)expected[i]);
}

static void comments_go_with_what_they_stand_behind(void **state)
{
    static const enum archive_pass expected[] = {
        ARCHIVE_PASS_PRE_DATA,  ARCHIVE_PASS_PRE_DATA,  ARCHIVE_PASS_PRE_DATA,
        ARCHIVE_PASS_DATA,      ARCHIVE_PASS_DATA,      ARCHIVE_PASS_POST_DATA,
        ARCHIVE_PASS_POST_DATA, ARCHIVE_PASS_POST_DATA,
    };

    (void)state;
    add("COMMENT", "SCHEMA public", TOC_SECTION_NONE);
    add("TABLE", "t", TOC_SECTION_PRE_DATA);
    add("COMMENT", "TABLE t", TOC_SECTION_NONE);
    add("SEQUENCE SET", "s", TOC_SECTION_DATA);
    add("COMMENT", "LARGE OBJECT 10", TOC_SECTION_NONE);
    add("CONSTRAINT", "t_pkey", TOC_SECTION_POST_DATA);
    add("COMMENT", "CONSTRAINT t_pkey", TOC_SECTION_NONE);
    add("SECURITY LABEL", "SUBSCRIPTION s", TOC_SECTION_NONE);
    assert_passes(expected);
}

static void grants_come_last_wherever_they_stand(void **state)
{
    static const enum archive_pass expected[] = {
        ARCHIVE_PASS_PRE_DATA, ARCHIVE_PASS_POST_DATA, ARCHIVE_PASS_PRE_DATA,
        ARCHIVE_PASS_DATA,     ARCHIVE_PASS_POST_DATA, ARCHIVE_PASS_POST_DATA,
    };

    (void)state;
    add("TABLE", "t", TOC_SECTION_PRE_DATA);
    add("ACL", "TABLE t", TOC_SECTION_NONE);
    add("COMMENT", "TABLE t", TOC_SECTION_NONE);
    add("TABLE DATA", "t", TOC_SECTION_DATA);
    add("ACL", "LARGE OBJECT 10", TOC_SECTION_NONE);
    add("DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", TOC_SECTION_POST_DATA);
    assert_passes(expected);
}

/* The drops' entries, "DESC TAG" each. */
static void assert_drops(const struct toc *drops, const char *const *expected)
{
    char text[128];

    for (size_t i = 0; i < drops->n; i++) {
        assert_non_null(expected[i]);
        snprintf(text, sizeof(text), "%s %s", drops->entries[i].desc, drops->entries[i].tag);
        assert_string_equal(text, expected[i]);
    }
    assert_null(expected[drops->n]);
}

static void set_drop(struct toc_entry *e, const char *statement)
{
    free(e->drop_stmt);
    e->drop_stmt = copy_of(statement);
}

static void only_what_is_wanted_and_can_be_dropped_is_dropped_and_nothing_created(void **state)
{
    static const char *const expected[] = {"ENCODING ENCODING", "TABLE t", NULL};
    static const bool wanted[] = {false, true, false, true};
    struct toc drops;
    size_t n;

    (void)state;
    add("ENCODING", "ENCODING", TOC_SECTION_PRE_DATA);
    set_drop(add("TABLE", "t", TOC_SECTION_PRE_DATA), "DROP TABLE public.t;\n");
    set_drop(add("TABLE", "other", TOC_SECTION_PRE_DATA), "DROP TABLE public.other;\n");
    add("TABLE DATA", "t", TOC_SECTION_DATA);
    assert_int_equal(archive_passes_make_drops(&toc, wanted, &drops, &n), 0);
    assert_int_equal(n, 1);
    assert_drops(&drops, expected);
    assert_string_equal(drops.entries[0].defn, "CREATE ...;\n");
    assert_string_equal(drops.entries[1].drop_stmt, "DROP TABLE public.t;\n");
    assert_memory_equal(drops.entries[1].defn, "-- ", 3);
    assert_string_equal(drops.entries[1].owner, "");
    assert_string_equal(toc.entries[1].defn, "CREATE ...;\n");
    toc_free(&drops);
}

static void each_large_object_is_dropped_by_itself(void **state)
{
    static const char *const expected[] = {"BLOB 10", "BLOB 11", NULL};
    static const bool wanted[] = {true};
    struct toc_entry *e;
    struct toc drops;
    size_t n;

    (void)state;
    e = add("BLOB METADATA", "10..11", TOC_SECTION_PRE_DATA);
    free(e->defn);
    e->defn = copy_of("10\n11\n");
    assert_int_equal(archive_passes_make_drops(&toc, wanted, &drops, &n), 0);
    assert_int_equal(n, 1);
    assert_drops(&drops, expected);
    assert_string_equal(drops.entries[1].drop_stmt, "SELECT pg_catalog.lo_unlink('11');\n");
    assert_memory_equal(drops.entries[1].defn, "-- ", 3);
    toc_free(&drops);
}

static void an_archive_without_data_is_read_as_it_was_written(void **state)
{
    const struct archive_header header = {.minor = 15, .database = copy_of("shop")};
    struct memory source;
    struct archive_reader *reader;
    struct archive_block block;
    struct buf archive = {0};

    (void)state;
    add("TABLE", "t", TOC_SECTION_PRE_DATA);
    assert_int_equal(archive_passes_write(&header, &toc, &archive), 0);
    source = (struct memory){.data = (unsigned char *)archive.data, .len = archive.len};
    reader = archive_reader_new(memory_reader(&source));
    assert_non_null(reader);
    assert_string_equal(archive_reader_header(reader)->database, "shop");
    assert_int_equal(archive_reader_toc(reader)->n, 1);
    assert_int_equal(archive_reader_next_block(reader, &block), 0);
    archive_reader_free(reader);
    buf_free(&archive);
    free(header.database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comments_go_with_what_they_stand_behind, start, finish),
        cmocka_unit_test_setup_teardown(grants_come_last_wherever_they_stand, start, finish),
        cmocka_unit_test_setup_teardown(
            only_what_is_wanted_and_can_be_dropped_is_dropped_and_nothing_created, start, finish),
        cmocka_unit_test_setup_teardown(each_large_object_is_dropped_by_itself, start, finish),
        cmocka_unit_test_setup_teardown(an_archive_without_data_is_read_as_it_was_written, start,
                                        finish),
    };

    return cmocka_run_group_tests_name("passes", tests, NULL, NULL);
}
