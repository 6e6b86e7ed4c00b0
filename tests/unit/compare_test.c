/* What is told of two tables of contents and their sums. The whole of it, against servers:
 * tests/cli/against.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "archive/compare.h"

#define MOST 8

/* A side of which entries are added one by one. */
struct side {
    struct toc_entry entries[MOST];
    struct toc toc;
    struct archive_block_sum blocks[MOST];
    struct archive_summary sums;
};

static struct side drop, database;
static struct archive_compare_options options;
static struct archive_compared compared;
static char told[1024];

static int forget(void **state)
{
    (void)state;
    drop = database = (struct side){0};
    drop.toc.entries = drop.entries;
    drop.sums.blocks = drop.blocks;
    database.toc.entries = database.entries;
    database.sums.blocks = database.blocks;
    options = (struct archive_compare_options){0};
    return 0;
}

static struct toc_entry *add(struct side *side, char *desc, char *tag, char *defn)
{
    struct toc_entry *e = &side->entries[side->toc.n++];

    *e = (struct toc_entry){.dump_id = (int)side->toc.n,
                            .desc = desc,
                            .schema = "s",
                            .tag = tag,
                            .defn = defn,
                            .owner = "me",
                            .section = TOC_SECTION_PRE_DATA};
    return e;
}

static void add_rows(struct side *side, uint64_t rows, uint64_t hash, bool of_rows)
{
    const struct toc_entry *e = add(side, "TABLE DATA", "t", NULL);

    side->entries[e->dump_id - 1].section = TOC_SECTION_DATA;
    side->blocks[side->sums.n++] = (struct archive_block_sum){.dump_id = e->dump_id,
                                                              .rows = rows,
                                                              .bytes = rows * 10,
                                                              .chunks = 1,
                                                              .hash = {.low = hash},
                                                              .of_rows = of_rows};
}

static int tell(void *self, enum archive_difference difference, const struct toc_entry *entry,
                const char *detail)
{
    static const char letters[] = {[ARCHIVE_MISSING] = '-',
                                   [ARCHIVE_EXTRA] = '+',
                                   [ARCHIVE_DIFFERENT] = '!',
                                   [ARCHIVE_NOT_COMPARED] = '?'};
    size_t len = strlen(told);

    (void)self;
    snprintf(told + len, sizeof(told) - len, "%c%s %s:%s;", letters[difference], entry->desc,
             entry->tag, detail);
    return 0;
}

static void assert_told(const char *expected)
{
    const struct archive_side one = {.toc = &drop.toc, .sums = &drop.sums};
    const struct archive_side other = {.toc = &database.toc, .sums = &database.sums};
    const struct archive_compare_observer observer = {.difference = tell};

    told[0] = '\0';
    assert_int_equal(archive_compare(&one, &other, &options, &observer, &compared), 0);
    assert_string_equal(told, expected);
}

static void the_order_of_entries_does_not_matter(void **state)
{
    (void)state;
    add(&drop, "TABLE", "a", "x");
    add(&drop, "TABLE", "b", "y");
    add(&database, "TABLE", "b", "y");
    add(&database, "TABLE", "a", "x");
    assert_told("");
    assert_int_equal(compared.objects, 2);
}

static void what_one_side_lacks_is_told(void **state)
{
    (void)state;
    add(&drop, "TABLE", "a", "x");
    add(&drop, "INDEX", "i", "x");
    add(&database, "TABLE", "a", "x");
    add(&database, "VIEW", "v", "x");
    assert_told("-INDEX i:;+VIEW v:;");
    assert_int_equal(compared.differences, 2);
}

static void entries_of_one_name_are_held_against_each_other_in_turn(void **state)
{
    (void)state;
    add(&drop, "DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", "of one");
    add(&drop, "DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", "of two");
    add(&database, "DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", "of two");
    add(&database, "DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", "of one");
    assert_told("");
}

static void owners_are_those_of_objects_not_of_what_depends_on_them(void **state)
{
    (void)state;
    add(&drop, "TABLE", "a", "x");
    add(&drop, "DEFAULT", "a c", "x");
    add(&database, "TABLE", "a", "x")->owner = "you";
    add(&database, "DEFAULT", "a c", "x")->owner = "you";
    assert_told("!TABLE a:owner: me in the drop, you in the database\n;");
    options.no_owner = true;
    assert_told("");
}

static void the_database_itself_is_not_compared(void **state)
{
    (void)state;
    add(&drop, "DATABASE", "one", "CREATE DATABASE one");
    add(&drop, "DATABASE PROPERTIES", "one", "ALTER DATABASE one");
    add(&drop, "COMMENT", "DATABASE one", "COMMENT ON DATABASE one");
    add(&database, "ACL", "DATABASE other", "GRANT");
    assert_told("");
}

static void what_another_version_writes_from_what_it_has_parsed_is_not_compared(void **state)
{
    (void)state;
    options.other_major = true;
    add(&drop, "SEQUENCE SET", "q", "7");
    add(&drop, "TABLE", "t", "a int,\nb int DEFAULT 1");
    add(&drop, "VIEW", "v", "x");
    add(&database, "SEQUENCE SET", "q", "8");
    add(&database, "TABLE", "t", "a int,\nb int DEFAULT (1)");
    add(&database, "VIEW", "v", "y");
    assert_told("!SEQUENCE SET q:drop: 7\ndatabase: 8\n;"
                "?TABLE t:drop: b int DEFAULT 1\ndatabase: b int DEFAULT (1)\n;"
                "?VIEW v:drop: x\ndatabase: y\n;");
    assert_int_equal(compared.differences, 1);
    assert_int_equal(compared.not_compared, 2);
    options.other_major = false;
    assert_told("!SEQUENCE SET q:drop: 7\ndatabase: 8\n;"
                "!TABLE t:drop: b int DEFAULT 1\ndatabase: b int DEFAULT (1)\n;"
                "!VIEW v:drop: x\ndatabase: y\n;");
}

static void another_version_writes_all_else_in_the_same_way(void **state)
{
    (void)state;
    options.other_major = true;
    add(&drop, "ACL", "TABLE t", "GRANT SELECT");
    add(&drop, "FUNCTION", "f()", "AS $$one$$");
    add(&drop, "TABLE", "t", "a int,\nb int");
    add(&database, "ACL", "TABLE t", "GRANT ALL");
    add(&database, "FUNCTION", "f()", "AS $$two$$");
    add(&database, "TABLE", "t", "a bigint,\nb int");
    assert_told("!ACL TABLE t:drop: GRANT SELECT\ndatabase: GRANT ALL\n;"
                "!FUNCTION f():drop: AS $$one$$\ndatabase: AS $$two$$\n;"
                "!TABLE t:drop: a int\ndatabase: a bigint\n;");
}

static void rows_are_compared_by_number_and_hash(void **state)
{
    (void)state;
    add_rows(&drop, 5, 1, true);
    add_rows(&database, 5, 1, true);
    assert_told("");
    assert_int_equal(compared.rows, 5);
    database.blocks[0].hash.low = 2;
    assert_told("!TABLE DATA t:5 rows on both sides: they are not the same\n;");
    database.blocks[0].rows = 6;
    assert_told("!TABLE DATA t:5 rows in the drop, 6 in the database\n;");
}

static void rows_that_pg_dump_wrote_are_compared_by_their_content(void **state)
{
    (void)state;
    add_rows(&drop, 5, 1, false);
    add_rows(&database, 5, 2, false);
    assert_told("");
    database.blocks[0].content.low = 7;
    assert_told("!TABLE DATA t:5 rows on both sides: they are not the same\n;");
    drop.blocks[0].rows = database.blocks[0].rows = 0;
    assert_told("!TABLE DATA t:the data is not the same\n;");
}

static void what_cannot_be_compared_is_no_difference_and_does_not_count(void **state)
{
    (void)state;
    add_rows(&drop, 5, 1, true);
    add_rows(&database, 5, 1, false);
    assert_told(
        "?TABLE DATA t:5 rows on both sides: pg_dump wrote them itself on one side only\n;");
    assert_int_equal(compared.rows, 0);
    drop.blocks[0].chunks = 0;
    assert_told("?TABLE DATA t:5 rows on both sides: the drop has no hash of them\n;");
    database.blocks[0].rows = 6;
    assert_told("!TABLE DATA t:5 rows in the drop, 6 in the database\n;");
}

static void data_of_one_side_is_a_difference(void **state)
{
    (void)state;
    add_rows(&drop, 5, 1, true);
    add_rows(&database, 5, 1, true);
    database.sums.n = 0;
    assert_told("!TABLE DATA t:there is data only in the drop\n;");
}

static void large_objects_that_are_listed_in_another_way_are_not_compared(void **state)
{
    (void)state;
    options.other_large_objects = true;
    add(&drop, "BLOB", "17", "x");
    add(&drop, "BLOBS", "BLOBS", NULL);
    add(&database, "BLOB METADATA", "17", "x");
    add(&database, "BLOBS", "17", NULL);
    assert_told("?BLOBS BLOBS:another version of pg_dump lists large objects in another way\n;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_order_of_entries_does_not_matter, forget),
        cmocka_unit_test_setup(what_one_side_lacks_is_told, forget),
        cmocka_unit_test_setup(entries_of_one_name_are_held_against_each_other_in_turn, forget),
        cmocka_unit_test_setup(owners_are_those_of_objects_not_of_what_depends_on_them, forget),
        cmocka_unit_test_setup(the_database_itself_is_not_compared, forget),
        cmocka_unit_test_setup(what_another_version_writes_from_what_it_has_parsed_is_not_compared,
                               forget),
        cmocka_unit_test_setup(another_version_writes_all_else_in_the_same_way, forget),
        cmocka_unit_test_setup(rows_are_compared_by_number_and_hash, forget),
        cmocka_unit_test_setup(rows_that_pg_dump_wrote_are_compared_by_their_content, forget),
        cmocka_unit_test_setup(what_cannot_be_compared_is_no_difference_and_does_not_count, forget),
        cmocka_unit_test_setup(data_of_one_side_is_a_difference, forget),
        cmocka_unit_test_setup(large_objects_that_are_listed_in_another_way_are_not_compared,
                               forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
