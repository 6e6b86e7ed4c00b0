#include "archive_memory.h"

#include "archive/copy.h"

#define TABLE   1
#define INSERTS 2
#define OBJECTS 3

/* The first object is empty, and its oid above 2^31. */
#define EMPTY_OID 4000000000U

static struct wire_to_memory made;

static int start(void **state)
{
    (void)state;
    wire_to_memory_init(&made);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    free(made.to.data);
    return 0;
}

/* A plain archive with its blocks' positions, as pg_dump writes it to a file. */
static void make_plain_archive(void)
{
    static const char *const rows[] = {"1\n2\n", "3\n\\.\n\n\n", NULL};
    static const char *const inserts[] = {"INSERT INTO t VALUES (1);\n", NULL};
    static const char *const nothing[] = {NULL};
    static const char *const object[] = {"bytes of ", "an object\n", NULL};
    struct toc toc = {0};

    add_table(&toc, TABLE, "t");
    add_entry(&toc, INSERTS, "TABLE DATA", "i", "", true);
    add_entry(&toc, OBJECTS, "BLOBS", "BLOBS", "", true);
    put_front(&made.out, ARCHIVE_PLAIN, &toc);
    put_block(&made.out, ARCHIVE_BLOCK_ROWS, TABLE);
    put_pieces(&made.out, rows);
    put_block(&made.out, ARCHIVE_BLOCK_ROWS, INSERTS);
    put_pieces(&made.out, inserts);
    put_block(&made.out, ARCHIVE_BLOCK_LARGE_OBJECTS, OBJECTS);
    wire_put_int(&made.out, (int)EMPTY_OID);
    put_pieces(&made.out, nothing);
    wire_put_int(&made.out, 17);
    put_pieces(&made.out, object);
    wire_put_int(&made.out, 0);
    assert_int_equal(wire_flush(&made.out), 0);
    toc_free(&toc);
}

struct counts {
    struct archive_count table, inserts, objects;
    int blocks;
};

static void note_count(void *self, const struct toc_entry *entry, const struct archive_count *count)
{
    struct counts *c = self;

    *(entry->dump_id == TABLE     ? &c->table
      : entry->dump_id == INSERTS ? &c->inserts
                                  : &c->objects) = *count;
    c->blocks++;
}

static int count_blocks(struct memory *from, struct counts *counts)
{
    const struct archive_observer observer = {.counted = note_count, .self = counts};
    struct archive_reader *r = archive_reader_new(memory_reader(from));
    int rc;

    assert_non_null(r);
    *counts = (struct counts){0};
    rc = archive_copy(r, NULL, &observer);
    archive_reader_free(r);
    return rc;
}

/* Copies, and then puts the table of contents with the positions over the first. */
static struct memory copy_to(const struct memory *from, enum archive_compression compression,
                             bool pieces)
{
    struct memory source = {.data = from->data, .len = from->len, .step = 11};
    struct memory target = {0}, toc = {0};
    struct archive_reader *r = archive_reader_new(memory_reader(&source));
    struct archive_header header;
    struct archive_writer *w;
    uint64_t at;

    assert_non_null(r);
    header = *archive_reader_header(r);
    header.compression = compression;
    w = archive_writer_new(memory_writer(&target), &header, archive_reader_toc(r), 3);
    assert_non_null(w);
    assert_int_equal(pieces ? archive_copy_pieces(r, w) : archive_copy(r, w, NULL), 0);
    assert_int_equal(archive_writer_put_toc(w, memory_writer(&toc)), 0);
    at = archive_writer_toc_position(w);
    assert_true(at + toc.len < target.len);
    memcpy(target.data + at, toc.data, toc.len);
    free(toc.data);
    archive_writer_free(w);
    archive_reader_free(r);
    return target;
}

static void assert_positions_are_right(const struct memory *archive)
{
    struct memory source = {.data = archive->data, .len = archive->len};
    struct archive_reader *r = archive_reader_new(memory_reader(&source));
    struct toc *toc;

    assert_non_null(r);
    toc = archive_reader_toc(r);
    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];
        const unsigned char *block = archive->data + e->data_offset;

        assert_int_equal(e->data_state, WIRE_OFFSET_SET);
        assert_true(e->data_offset + 6 < archive->len);
        assert_int_equal(block[0],
                         e->dump_id == OBJECTS ? ARCHIVE_BLOCK_LARGE_OBJECTS : ARCHIVE_BLOCK_ROWS);
        assert_int_equal(block[2], e->dump_id);
    }
    archive_reader_free(r);
}

static void assert_same(const struct memory *a, const struct memory *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

static void plain_to_zstd_to_plain_gives_the_same_bytes_and_positions(void **state)
{
    struct memory plain, zstd, again;

    (void)state;
    make_plain_archive();
    plain = copy_to(&made.to, ARCHIVE_PLAIN, false);
    zstd = copy_to(&plain, ARCHIVE_ZSTD, false);
    again = copy_to(&zstd, ARCHIVE_PLAIN, false);
    assert_positions_are_right(&plain);
    assert_positions_are_right(&zstd);
    assert_same(&plain, &again);
    free(plain.data);
    free(zstd.data);
    free(again.data);
}

static void copying_pieces_keeps_every_byte(void **state)
{
    struct memory zstd, again;

    (void)state;
    make_plain_archive();
    zstd = copy_to(&made.to, ARCHIVE_ZSTD, false);
    again = copy_to(&zstd, ARCHIVE_ZSTD, true);
    assert_same(&zstd, &again);
    free(zstd.data);
    free(again.data);
}

static void blocks_are_counted_in_both_forms(void **state)
{
    struct memory zstd;
    struct counts plain_counts, zstd_counts;

    (void)state;
    make_plain_archive();
    zstd = copy_to(&made.to, ARCHIVE_ZSTD, false);
    assert_int_equal(count_blocks(&made.to, &plain_counts), 0);
    assert_int_equal(plain_counts.blocks, 3);
    assert_int_equal(plain_counts.table.rows, 3);
    assert_int_equal(plain_counts.table.bytes, 11);
    assert_int_equal(plain_counts.inserts.rows, 0);
    assert_int_equal(plain_counts.inserts.bytes, 26);
    assert_int_equal(plain_counts.objects.large_objects, 2);
    assert_int_equal(plain_counts.objects.rows, 0);
    assert_int_equal(plain_counts.objects.bytes, 19);
    assert_int_equal(count_blocks(&zstd, &zstd_counts), 0);
    assert_memory_equal(&zstd_counts, &plain_counts, sizeof(plain_counts));
    free(zstd.data);
}

/* Counts the rows of a table whose data comes in pieces of `a` bytes, `b` bytes and the rest. */
static uint64_t count_rows(const char *data, size_t a, size_t b)
{
    const size_t ends[] = {a, a + b, strlen(data)};
    struct toc toc = {0};
    struct counts counts;
    size_t at = 0;

    free(made.to.data);
    wire_to_memory_init(&made);
    add_table(&toc, TABLE, "t");
    put_front(&made.out, ARCHIVE_PLAIN, &toc);
    toc_free(&toc);
    put_block(&made.out, ARCHIVE_BLOCK_ROWS, TABLE);
    for (size_t i = 0; i < 3; i++) {
        if (ends[i] > at)
            put_piece(&made.out, data + at, ends[i] - at);
        at = ends[i];
    }
    wire_put_int(&made.out, 0);
    assert_int_equal(wire_flush(&made.out), 0);
    assert_int_equal(count_blocks(&made.to, &counts), 0);
    return counts.table.rows;
}

static void rows_are_counted_with_and_without_the_end_mark_at_every_split(void **state)
{
    static const struct {
        const char *data;
        uint64_t rows;
    } cases[] = {
        {"", 0},
        {"\\.\n\n\n", 0},
        {"\n", 1},
        {"\n\\.\n\n\n", 1},
        {"\n\n\n\n\n\n", 6},
        {"\n\n\n\\.\n\n\n", 3},
        {"one\ntwo\n", 2},
        {"one\ntwo\n\\.\n\n\n", 2},
        {"a\\\\.\n\n\n", 3}, /* the row "a\." and two empty ones */
        {"a\\\\.\n\n\n\\.\n\n\n", 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].data);

        for (size_t a = 0; a <= len; a++)
            for (size_t b = 0; a + b <= len; b++)
                assert_int_equal(count_rows(cases[i].data, a, b), cases[i].rows);
    }
}

static void a_block_that_no_entry_knows_is_an_error(void **state)
{
    struct toc toc = {0};
    struct counts counts;

    (void)state;
    add_table(&toc, TABLE, "t");
    put_front(&made.out, ARCHIVE_PLAIN, &toc);
    toc_free(&toc);
    put_block(&made.out, ARCHIVE_BLOCK_ROWS, 99);
    wire_put_int(&made.out, 0);
    assert_int_equal(wire_flush(&made.out), 0);
    assert_int_equal(count_blocks(&made.to, &counts), -1);
    assert_error_has("data block 99");
}

static void a_block_of_an_unknown_kind_is_an_error(void **state)
{
    struct counts counts;

    (void)state;
    make_plain_archive();
    wire_put_byte(&made.out, 2);
    wire_put_int(&made.out, TABLE);
    assert_int_equal(wire_flush(&made.out), 0);
    assert_int_equal(count_blocks(&made.to, &counts), -1);
    assert_error_has("a data block of kind 2");
}

static void a_piece_of_a_negative_length_is_an_error(void **state)
{
    struct counts counts;

    (void)state;
    make_plain_archive();
    put_block(&made.out, ARCHIVE_BLOCK_ROWS, TABLE);
    wire_put_int(&made.out, -4);
    assert_int_equal(wire_flush(&made.out), 0);
    assert_int_equal(count_blocks(&made.to, &counts), -1);
    assert_error_has("a piece of -4 bytes");
}

/* A cut between blocks cannot be seen here: age and pg_dump's exit code tell of it. */
static void an_archive_cut_anywhere_within_a_block_is_an_error(void **state)
{
    struct memory whole, cut;
    struct counts all, counts;
    int last_blocks = 0;
    size_t len;

    (void)state;
    make_plain_archive();
    whole = copy_to(&made.to, ARCHIVE_ZSTD, false);
    assert_int_equal(count_blocks(&(struct memory){.data = whole.data, .len = whole.len}, &all), 0);
    for (len = whole.len - 1; len > 0; len--) {
        struct archive_reader *r;

        cut = (struct memory){.data = whole.data, .len = len};
        r = archive_reader_new(memory_reader(&cut));
        archive_reader_free(r);
        if (r == NULL)
            break;
        cut = (struct memory){.data = whole.data, .len = len};
        if (count_blocks(&cut, &counts) == 0)
            assert_int_equal(counts.blocks, 2 - last_blocks++);
    }
    assert_int_equal(last_blocks, 3);
    for (; len > 0; len--) {
        cut = (struct memory){.data = whole.data, .len = len};
        assert_null(archive_reader_new(memory_reader(&cut)));
    }
    free(whole.data);
}

static int refuse_late(void *self, const void *buf, size_t len)
{
    size_t *left = self;

    (void)buf;
    if (len > *left)
        return error_set("the disk is full");
    *left -= len;
    return 0;
}

static void a_target_that_is_full_is_an_error(void **state)
{
    size_t left = 100;
    struct archive_reader *r;
    struct archive_writer *w;

    (void)state;
    make_plain_archive();
    r = archive_reader_new(memory_reader(&made.to));
    assert_non_null(r);
    w = archive_writer_new((struct writer){.write = refuse_late, .self = &left},
                           archive_reader_header(r), archive_reader_toc(r), 3);
    assert_non_null(w);
    assert_int_equal(archive_copy(r, w, NULL), -1);
    assert_string_equal(error_text(), "the disk is full");
    archive_writer_free(w);
    archive_reader_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_to_zstd_to_plain_gives_the_same_bytes_and_positions),
        TEST(copying_pieces_keeps_every_byte),
        TEST(blocks_are_counted_in_both_forms),
        TEST(rows_are_counted_with_and_without_the_end_mark_at_every_split),
        TEST(a_block_that_no_entry_knows_is_an_error),
        TEST(a_block_of_an_unknown_kind_is_an_error),
        TEST(a_piece_of_a_negative_length_is_an_error),
        TEST(an_archive_cut_anywhere_within_a_block_is_an_error),
        TEST(a_target_that_is_full_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
