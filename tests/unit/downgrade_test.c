/*
 * Archives of version 1.16 in the form of older ones.
 */
#include "archive_memory.h"

#include "archive/downgrade.h"

static struct toc toc;
static struct archive_header header;

static int start(void **state)
{
    (void)state;
    toc = (struct toc){0};
    header = (struct archive_header){.minor = 16};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    toc_free(&toc);
    return 0;
}

static struct toc_entry *add_metadata(int dump_id, const char *oids)
{
    struct toc_entry *e = add_entry(&toc, dump_id, "BLOB METADATA", "10..20", oids, false);

    free(e->table_oid);
    e->table_oid = copy_of("2613");
    return e;
}

static void add_group(int dump_id, const char *desc, int metadata, const char *defn)
{
    struct toc_entry *e = add_entry(&toc, dump_id, desc, "LARGE OBJECTS 10..20", defn, false);

    e->section = TOC_SECTION_NONE;
    add_dep(e, metadata);
}

static void the_minor_version_is_the_newest_that_a_pg_restore_reads(void **state)
{
    (void)state;
    assert_int_equal(archive_minor_for_pg(12), 14);
    assert_int_equal(archive_minor_for_pg(15), 14);
    assert_int_equal(archive_minor_for_pg(16), 15);
    assert_int_equal(archive_minor_for_pg(17), 16);
    assert_int_equal(archive_minor_for_pg(25), 16);
    assert_int_equal(archive_minor_for_pg(11), -1);
    assert_error_has("12 is the oldest");
}

static void metadata_becomes_one_entry_for_each_large_object(void **state)
{
    const struct toc_entry *e;

    (void)state;
    add_table(&toc, 30, "t");
    add_metadata(5, "10\n4294967295\n20\n");
    add_entry(&toc, 6, "BLOBS", "10..20", "", true);
    add_dep(&toc.entries[2], 5);
    assert_int_equal(archive_downgrade(&header, &toc, 15), 0);
    assert_int_equal(header.minor, 15);
    assert_int_equal(toc.n, 5);
    e = &toc.entries[2];
    assert_string_equal(e->desc, "BLOB");
    assert_string_equal(e->tag, "4294967295");
    assert_string_equal(e->oid, "4294967295");
    assert_string_equal(e->table_oid, "2613");
    assert_string_equal(e->defn, "SELECT pg_catalog.lo_create('4294967295');\n");
    assert_string_equal(e->drop_stmt, "SELECT pg_catalog.lo_unlink('4294967295');\n");
    assert_string_equal(e->owner, "app");
    assert_int_equal(e->section, TOC_SECTION_PRE_DATA);
    assert_int_equal(e->data_state, WIRE_OFFSET_NO_DATA);
    assert_false(e->had_dumper);
    assert_string_equal(toc.entries[1].tag, "10");
    assert_string_equal(toc.entries[3].tag, "20");
    assert_string_equal(toc.entries[4].desc, "BLOBS");
    assert_int_equal(toc.entries[4].data_state, WIRE_OFFSET_UNKNOWN);
}

static void the_first_keeps_the_dump_id_and_all_are_different(void **state)
{
    (void)state;
    add_metadata(5, "10\n11\n12\n");
    add_group(6, "ACL", 5, "GRANT ALL ON LARGE OBJECT 10 TO reader;\n");
    add_table(&toc, 40, "t");
    assert_int_equal(archive_downgrade(&header, &toc, 14), 0);
    assert_int_equal(toc.n, 7);
    assert_int_equal(toc.entries[0].dump_id, 5);
    assert_int_equal(toc.entries[3].dump_id, 6);
    assert_int_equal(toc.entries[6].dump_id, 40);
    for (size_t i = 0; i < toc.n; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(toc.entries[i].dump_id, toc.entries[k].dump_id);
    assert_int_equal(toc.entries[5].n_deps, 1);
    assert_int_equal(toc.entries[5].deps[0], 5);
}

static void grants_on_a_group_are_repeated_for_each_large_object(void **state)
{
    (void)state;
    add_metadata(5, "10\n20\n");
    add_group(6, "ACL", 5,
              "REVOKE ALL ON LARGE OBJECT 10 FROM app;\nGRANT SELECT ON LARGE OBJECT 10 TO r;\n");
    assert_int_equal(archive_downgrade(&header, &toc, 15), 0);
    assert_int_equal(toc.n, 4);
    assert_string_equal(toc.entries[3].desc, "ACL");
    assert_string_equal(toc.entries[3].tag, "LARGE OBJECT 20");
    assert_int_equal(toc.entries[3].section, TOC_SECTION_NONE);
    assert_string_equal(
        toc.entries[3].defn,
        "REVOKE ALL ON LARGE OBJECT 20 FROM app;\nGRANT SELECT ON LARGE OBJECT 20 TO r;\n");
    assert_string_equal(toc.entries[2].tag, "LARGE OBJECT 10");
}

static void a_role_named_like_a_large_object_keeps_its_name(void **state)
{
    (void)state;
    add_metadata(5, "10\n20\n");
    add_group(6, "ACL", 5,
              "GRANT SELECT ON LARGE OBJECT 10 TO \"LARGE OBJECT 10\";\n"
              "GRANT SELECT ON LARGE OBJECT 10 TO \"a\"\"LARGE OBJECT 10\";\n");
    assert_int_equal(archive_downgrade(&header, &toc, 15), 0);
    assert_string_equal(toc.entries[3].defn,
                        "GRANT SELECT ON LARGE OBJECT 20 TO \"LARGE OBJECT 10\";\n"
                        "GRANT SELECT ON LARGE OBJECT 20 TO \"a\"\"LARGE OBJECT 10\";\n");
}

static void entries_of_single_large_objects_stay_as_they_are(void **state)
{
    static const char comment[] = "COMMENT ON LARGE OBJECT 20 IS 'no LARGE OBJECT 10';\n";

    (void)state;
    add_metadata(5, "10\n20\n");
    add_dep(add_entry(&toc, 6, "COMMENT", "LARGE OBJECT 20", comment, false), 5);
    add_dep(add_entry(&toc, 7, "ACL", "LARGE OBJECT 20", "GRANT ...;\n", false), 5);
    add_dep(add_entry(&toc, 8, "SECURITY LABEL", "LARGE OBJECT 20", "SECURITY ...;\n", false), 5);
    assert_int_equal(archive_downgrade(&header, &toc, 15), 0);
    assert_int_equal(toc.n, 5);
    assert_string_equal(toc.entries[2].defn, comment);
    assert_int_equal(toc.entries[2].dump_id, 6);
    assert_string_equal(toc.entries[3].defn, "GRANT ...;\n");
    assert_string_equal(toc.entries[4].defn, "SECURITY ...;\n");
}

static void only_grants_are_taken_for_a_group(void **state)
{
    (void)state;
    add_metadata(5, "10\n20\n");
    add_group(6, "COMMENT", 5, "COMMENT ON LARGE OBJECT 10 IS 'LARGE OBJECT 10';\n");
    assert_int_equal(archive_downgrade(&header, &toc, 15), 0);
    assert_int_equal(toc.n, 3);
    assert_string_equal(toc.entries[2].tag, "LARGE OBJECTS 10..20");
}

static void damaged_lists_are_errors(void **state)
{
    static const char *const lists[] = {"10",        "10\n\n20\n", "0\n",   "-1\n", "4294967296\n",
                                        "10\nx20\n", "10 20\n",    " 10\n", "+1\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        header.minor = 16;
        add_metadata(5, lists[i]);
        assert_int_equal(archive_downgrade(&header, &toc, 15), -1);
        assert_error_has("in a list of large objects");
        toc_free(&toc);
    }
}

static void grants_without_their_large_objects_are_an_error(void **state)
{
    (void)state;
    add_table(&toc, 5, "t");
    add_group(6, "ACL", 5, "GRANT ALL ON LARGE OBJECT 10 TO r;\n");
    assert_int_equal(archive_downgrade(&header, &toc, 15), -1);
    assert_error_has("belongs to no large objects");
    toc_free(&toc);
    header.minor = 16;
    add_entry(&toc, 6, "ACL", "LARGE OBJECTS 1..2", "", false);
    assert_int_equal(archive_downgrade(&header, &toc, 15), -1);
    assert_error_has("belongs to no large objects");
}

static void running_out_of_dump_ids_is_an_error(void **state)
{
    (void)state;
    add_table(&toc, 2147483647, "t");
    add_metadata(5, "10\n20\n");
    assert_int_equal(archive_downgrade(&header, &toc, 15), -1);
    assert_error_has("no dump ids left");
}

static void an_archive_that_is_old_enough_stays(void **state)
{
    (void)state;
    add_metadata(5, "10\n20\n");
    assert_int_equal(archive_downgrade(&header, &toc, 16), 0);
    header.minor = 14;
    assert_int_equal(archive_downgrade(&header, &toc, 15), 0);
    assert_int_equal(header.minor, 14);
    assert_int_equal(toc.n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_minor_version_is_the_newest_that_a_pg_restore_reads),
        TEST(metadata_becomes_one_entry_for_each_large_object),
        TEST(the_first_keeps_the_dump_id_and_all_are_different),
        TEST(grants_on_a_group_are_repeated_for_each_large_object),
        TEST(a_role_named_like_a_large_object_keeps_its_name),
        TEST(entries_of_single_large_objects_stay_as_they_are),
        TEST(only_grants_are_taken_for_a_group),
        TEST(damaged_lists_are_errors),
        TEST(grants_without_their_large_objects_are_an_error),
        TEST(running_out_of_dump_ids_is_an_error),
        TEST(an_archive_that_is_old_enough_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
