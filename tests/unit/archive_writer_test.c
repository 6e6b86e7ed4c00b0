/* Archives with chunk records, as a drop has them. */
#include "archive_memory.h"

#include "archive/copy.h"
#include "archive/encode.h"
#include "archive/writer.h"

#define TABLE   7
#define OBJECTS 8

static const unsigned char key[SETHASH_KEY_SIZE] = "key of the rows";
static const struct archive_header header = {.minor = 16, .compression = ARCHIVE_ZSTD};
static const struct archive_block table = {.kind = ARCHIVE_BLOCK_ROWS, .dump_id = TABLE};
static const struct archive_block objects = {.kind = ARCHIVE_BLOCK_LARGE_OBJECTS,
                                             .dump_id = OBJECTS};

static struct toc toc;
static struct memory made;
static struct archive_writer *writer;

static int start(void **state)
{
    (void)state;
    made = (struct memory){0};
    add_table(&toc, TABLE, "t");
    add_entry(&toc, OBJECTS, "BLOBS", "BLOBS", "", true);
    writer = archive_writer_new(memory_writer(&made), &header, &toc, 3);
    assert_non_null(writer);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    archive_writer_free(writer);
    toc_free(&toc);
    free(made.data);
    return 0;
}

static struct archive_reader *open_made(void)
{
    struct archive_reader *r;

    assert_int_equal(archive_writer_finish(writer), 0);
    r = archive_reader_new(memory_reader(&made));
    assert_non_null(r);
    return r;
}

static void expect_block(struct archive_reader *r, const struct archive_block *expected)
{
    struct archive_block block;

    assert_int_equal(archive_reader_next_block(r, &block), 1);
    assert_int_equal(block.kind, expected->kind);
    assert_int_equal(block.dump_id, expected->dump_id);
}

/* Reads the next piece, which there must be; to be freed. */
static unsigned char *take_piece(struct archive_reader *r, size_t *len)
{
    unsigned char *piece;
    size_t at = 0;

    assert_int_equal(archive_reader_next_piece(r, len), 1);
    piece = malloc(*len);
    assert_non_null(piece);
    while (at < *len) {
        ssize_t n = archive_reader_read_piece(r, piece + at, *len - at);

        assert_true(n > 0);
        at += (size_t)n;
    }
    return piece;
}

static void expect_frame(struct archive_reader *r, const char *text, size_t text_len)
{
    size_t len;
    unsigned char *piece = take_piece(r, &len);
    char *plain = malloc(text_len + 1);

    assert_non_null(plain);
    assert_int_equal(ZSTD_decompress(plain, text_len + 1, piece, len), text_len);
    assert_memory_equal(plain, text, text_len);
    free(plain);
    free(piece);
}

static struct archive_record expect_record(struct archive_reader *r)
{
    struct archive_record record = {0};
    size_t len;
    unsigned char *piece = take_piece(r, &len);

    assert_int_equal(archive_record_decode(&record, piece, len), 1);
    free(piece);
    return record;
}

static void expect_record_of_bytes(struct archive_reader *r, const char *text, size_t len)
{
    struct archive_record record = expect_record(r);
    struct sethash hash = {0};

    sethash_add(&hash, key, text, len);
    assert_int_equal(record.kind, ARCHIVE_RECORD_BYTES);
    assert_int_equal(record.rows, 0);
    assert_int_equal(record.bytes, len);
    assert_int_equal(record.first_page, 0);
    assert_int_equal(record.end_page, 0);
    assert_memory_equal(&record.hash, &hash, sizeof(hash));
}

static void expect_end(struct archive_reader *r)
{
    size_t len;

    assert_int_equal(archive_reader_next_piece(r, &len), 0);
}

static void with_a_key_each_frame_has_its_record_behind_it(void **state)
{
    size_t len = ENCODE_FRAME_MAX + 10;
    char *text = malloc(len);
    struct archive_reader *r;
    const struct archive_block_sum *sum;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    archive_writer_set_key(writer, key);
    assert_int_equal(archive_writer_begin_block(writer, &table), 0);
    assert_int_equal(archive_writer_put(writer, text, len), 0);
    assert_int_equal(archive_writer_end_data(writer), 0);
    sum = archive_writer_block_sum(writer);
    assert_int_equal(sum->dump_id, TABLE);
    assert_int_equal(sum->rows, 0);
    assert_int_equal(sum->bytes, len);
    assert_int_equal(sum->chunks, 2);
    r = open_made();
    expect_block(r, &table);
    expect_frame(r, text, ENCODE_FRAME_MAX);
    expect_record_of_bytes(r, text, ENCODE_FRAME_MAX);
    expect_frame(r, text, 10);
    expect_record_of_bytes(r, text, 10);
    expect_end(r);
    archive_reader_free(r);
    free(text);
}

static void each_large_object_has_records_and_counts(void **state)
{
    struct sethash one = {0}, two = {0};
    const struct archive_block_sum *sum;
    struct archive_reader *r;
    unsigned oid;

    (void)state;
    archive_writer_set_key(writer, key);
    assert_int_equal(archive_writer_begin_block(writer, &objects), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(archive_writer_begin_large_object(writer, 100 + i), 0);
        assert_int_equal(archive_writer_put(writer, "an object", 3 * i), 0);
        assert_int_equal(archive_writer_end_data(writer), 0);
    }
    assert_int_equal(archive_writer_end_large_objects(writer), 0);
    sethash_add(&one, key, "an ", 3);
    sethash_add(&two, key, "an obj", 6);
    sethash_join(&one, &two);
    sum = archive_writer_block_sum(writer);
    assert_int_equal(sum->rows, 3);
    assert_int_equal(sum->bytes, 9);
    assert_int_equal(sum->chunks, 2);
    assert_memory_equal(&sum->hash, &one, sizeof(one));
    r = open_made();
    expect_block(r, &objects);
    assert_int_equal(archive_reader_next_large_object(r, &oid), 1);
    expect_end(r);
    assert_int_equal(archive_reader_next_large_object(r, &oid), 1);
    expect_frame(r, "an ", 3);
    expect_record_of_bytes(r, "an ", 3);
    expect_end(r);
    archive_reader_free(r);
}

static void rows_in_pieces_end_with_a_mark_that_has_no_record(void **state)
{
    static const struct archive_record record = {.kind = ARCHIVE_RECORD_ROWS,
                                                 .rows = 2,
                                                 .bytes = 4,
                                                 .end_page = ARCHIVE_PAGE_END,
                                                 .hash = {.low = 3, .high = 4}};
    size_t len;
    char *frame = compressed("1\n2\n", 4, &len);
    const struct archive_block_sum *sum;
    struct archive_reader *r;

    (void)state;
    archive_writer_set_key(writer, key);
    assert_int_equal(archive_writer_begin_block(writer, &table), 0);
    assert_int_equal(archive_writer_begin_piece(writer, len), 0);
    assert_int_equal(archive_writer_put_piece(writer, frame, len), 0);
    assert_int_equal(archive_writer_put_record(writer, &record), 0);
    assert_int_equal(archive_writer_end_rows(writer), 0);
    sum = archive_writer_block_sum(writer);
    assert_int_equal(sum->rows, 2);
    assert_int_equal(sum->bytes, 9);
    assert_int_equal(sum->chunks, 1);
    assert_memory_equal(&sum->hash, &record.hash, sizeof(record.hash));
    r = open_made();
    expect_block(r, &table);
    expect_frame(r, "1\n2\n", 4);
    assert_int_equal(expect_record(r).rows, 2);
    expect_frame(r, "\\.\n\n\n", 5);
    expect_end(r);
    archive_reader_free(r);
    free(frame);
}

static void a_text_is_one_frame_of_a_block_without_records(void **state)
{
    const struct archive_block preamble = {.kind = ARCHIVE_BLOCK_ROWS,
                                           .dump_id = ARCHIVE_PREAMBLE_ID};
    struct archive_reader *r;

    (void)state;
    archive_writer_set_key(writer, key);
    assert_int_equal(archive_writer_put_text_block(writer, ARCHIVE_PREAMBLE_ID, "dynodrop 1\n"), 0);
    assert_int_equal(archive_writer_begin_block(writer, &table), 0);
    assert_int_equal(archive_writer_put(writer, "1\n", 2), 0);
    assert_int_equal(archive_writer_end_data(writer), 0);
    r = open_made();
    expect_block(r, &preamble);
    expect_frame(r, "dynodrop 1\n", 11);
    expect_end(r);
    expect_block(r, &table);
    expect_frame(r, "1\n", 2);
    expect_record_of_bytes(r, "1\n", 2);
    expect_end(r);
    archive_reader_free(r);
}

static void without_a_key_there_are_no_records(void **state)
{
    struct archive_reader *r;

    (void)state;
    assert_int_equal(archive_writer_begin_block(writer, &table), 0);
    assert_int_equal(archive_writer_put(writer, "1\n", 2), 0);
    assert_int_equal(archive_writer_end_data(writer), 0);
    assert_int_equal(archive_writer_block_sum(writer)->chunks, 0);
    r = open_made();
    expect_block(r, &table);
    expect_frame(r, "1\n", 2);
    expect_end(r);
    archive_reader_free(r);
}

/* An archive as pg_dump writes it, whose one table has the dump id 3. */
static void make_other(struct wire_to_memory *other)
{
    static const char *const rows[] = {"1\n2\n", "3\n\\.\n\n\n", NULL};
    struct toc one = {0};

    wire_to_memory_init(other);
    add_table(&one, 3, "t");
    put_front(&other->out, ARCHIVE_PLAIN, &one);
    put_block(&other->out, ARCHIVE_BLOCK_ROWS, 3);
    put_pieces(&other->out, rows);
    assert_int_equal(wire_flush(&other->out), 0);
    toc_free(&one);
}

static void a_block_of_another_archive_is_copied_under_an_id_of_this_one(void **state)
{
    struct wire_to_memory other;
    struct archive_reader *from, *r;
    struct archive_block block;
    struct archive_count count;

    (void)state;
    make_other(&other);
    archive_writer_set_key(writer, key);
    from = archive_reader_new(memory_reader(&other.to));
    assert_non_null(from);
    assert_int_equal(archive_reader_next_block(from, &block), 1);
    assert_int_equal(archive_copy_block(from, &block, writer, TABLE, &count), 0);
    assert_int_equal(archive_reader_next_block(from, &block), 0);
    assert_int_equal(count.rows, 3);
    assert_int_equal(count.bytes, 11);
    assert_int_equal(archive_writer_block_sum(writer)->dump_id, TABLE);
    assert_int_equal(archive_writer_block_sum(writer)->rows, 3);
    assert_int_equal(archive_writer_block_sum(writer)->bytes, 11);
    assert_int_equal(archive_writer_block_sum(writer)->chunks, 1);
    r = open_made();
    expect_block(r, &table);
    expect_frame(r, "1\n2\n3\n\\.\n\n\n", 11);
    expect_record_of_bytes(r, "1\n2\n3\n\\.\n\n\n", 11);
    expect_end(r);
    archive_reader_free(r);
    archive_reader_free(from);
    free(other.to.data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(with_a_key_each_frame_has_its_record_behind_it),
        TEST(each_large_object_has_records_and_counts),
        TEST(rows_in_pieces_end_with_a_mark_that_has_no_record),
        TEST(a_text_is_one_frame_of_a_block_without_records),
        TEST(without_a_key_there_are_no_records),
        TEST(a_block_of_another_archive_is_copied_under_an_id_of_this_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
