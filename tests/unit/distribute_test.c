/*
 * The blocks of a drop's archive on their way to loaders and to pg_restore.
 */
#include "archive_memory.h"

#include "archive/rows.h"
#include "flow/distribute.h"

enum { PREAMBLE = ARCHIVE_PREAMBLE_ID, SUMMARY = ARCHIVE_SUMMARY_ID };

/* The archive, written part by part, and what becomes of it. */
static struct toc toc;
static struct wire_to_memory drop;
static struct route routes[4];
static struct queue *queue;

/* What its summary is to say, and the block in hand. */
static struct archive_summary said;
static struct archive_block_sum sum;
static uint64_t chunk_bytes; /* since the last record */

static int setup(void **state)
{
    (void)state;
    toc = (struct toc){0};
    said = (struct archive_summary){0};
    wire_to_memory_init(&drop);
    memset(routes, 0, sizeof(routes));
    queue = queue_new(4, 1, 1024 * 1024);
    assert_non_null(queue);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    queue_free(queue);
    archive_summary_free(&said);
    free(drop.to.data);
    toc_free(&toc);
    return 0;
}

static void put_frame(const char *text)
{
    size_t len;
    char *frame = compressed(text, strlen(text), &len);

    put_piece(&drop.out, frame, len);
    free(frame);
    chunk_bytes += strlen(text);
}

static void put_record(enum archive_record_kind kind, uint64_t rows)
{
    const struct archive_record record = {.kind = kind, .rows = rows, .bytes = chunk_bytes};

    assert_int_equal(archive_record_put(&record, &drop.out), 0);
    archive_block_sum_add(&sum, &record);
    chunk_bytes = 0;
}

static void begin(int dump_id)
{
    put_block(&drop.out, ARCHIVE_BLOCK_ROWS, dump_id);
    sum = (struct archive_block_sum){.dump_id = dump_id};
    chunk_bytes = 0;
}

/* Ends the block, which has so many rows that no record tells of. */
static void end(uint64_t more_rows)
{
    assert_int_equal(wire_put_int(&drop.out, 0), 0);
    sum.rows += more_rows;
    sum.bytes += chunk_bytes;
    assert_int_equal(archive_summary_add(&said, &sum), 0);
}

static void put_text_block(int dump_id, const char *text)
{
    put_block(&drop.out, ARCHIVE_BLOCK_ROWS, dump_id);
    put_frame(text);
    assert_int_equal(wire_put_int(&drop.out, 0), 0);
}

/* The table of contents, with so many tables, and the preamble. */
static void put_begin(int n_tables)
{
    for (int id = 1; id <= n_tables; id++)
        add_table(&toc, id, "t");
    put_front(&drop.out, ARCHIVE_ZSTD, &toc);
    put_text_block(PREAMBLE, "dynodrop 1\n");
}

static void put_summary(void)
{
    struct buf text = {0};

    assert_int_equal(archive_summary_format(&said, &text), 0);
    put_text_block(SUMMARY, text.data);
    buf_free(&text);
}

/* Reads what was put. */
static int run(struct writer *pg_restore)
{
    const struct archive_header form = {.minor = 16};
    struct archive_reader *archive;
    struct distribute d = {0};
    int rc;

    assert_int_equal(wire_flush(&drop.out), 0);
    archive = archive_reader_new(memory_reader(&drop.to));
    assert_non_null(archive);
    d = (struct distribute){.archive = archive, .toc = &toc, .routes = routes, .queue = queue};
    if (pg_restore != NULL)
        d.writer = archive_writer_new(*pg_restore, &form, &toc, 1);
    rc = distribute_begin(&d);
    if (rc == 0)
        rc = distribute_run(&d);
    distribute_clear(&d);
    archive_writer_free(d.writer);
    archive_reader_free(archive);
    return rc;
}

/* The next chunk in the queue: its table, its text and its record's rows, as "0: text 2". */
static void assert_chunk(const char *expected)
{
    struct archive_record record = {0};
    struct queue_chunk *chunk;
    unsigned char *bytes;
    char frames[512], text[512] = "", found[600];
    size_t table, len, at = 0;
    size_t text_len = 0;

    assert_int_equal(queue_take(queue, &chunk, &table), 1);
    while (queue_next(queue, chunk, &bytes, &len, &record) > 0) {
        assert_true(at + len <= sizeof(frames));
        memcpy(frames + at, bytes, len);
        at += len;
        free(bytes);
    }
    /* Several frames one behind the other are one text. */
    text_len = ZSTD_decompress(text, sizeof(text) - 1, frames, at);
    assert_false(ZSTD_isError(text_len));
    text[text_len] = '\0';
    snprintf(found, sizeof(found), "%zu: %s %d", table, text, (int)record.rows);
    queue_done(queue, chunk, 0, 0);
    assert_string_equal(found, expected);
}

static void assert_no_chunk(void)
{
    struct queue_chunk *chunk;
    size_t table;

    assert_int_equal(queue_close(queue), 0);
    assert_int_equal(queue_take(queue, &chunk, &table), 0);
}

static void each_record_of_rows_ends_a_chunk(void **state)
{
    (void)state;
    put_begin(1);
    begin(1);
    put_frame("a\nb\n");
    put_record(ARCHIVE_RECORD_ROWS, 2);
    put_frame("c\n");
    put_record(ARCHIVE_RECORD_ROWS, 1);
    put_frame(ARCHIVE_ROWS_END);
    end(0);
    put_summary();
    routes[0] = (struct route){.kind = ROUTE_LOADERS, .table = 3};
    assert_int_equal(run(NULL), 0);
    assert_chunk("3: a\nb\n 2");
    assert_chunk("3: c\n 1");
    assert_chunk("3: " ARCHIVE_ROWS_END " 0");
    assert_no_chunk();
}

static void a_record_without_rows_is_no_chunk(void **state)
{
    (void)state;
    put_begin(1);
    begin(1);
    put_record(ARCHIVE_RECORD_ROWS, 0);
    put_frame(ARCHIVE_ROWS_END);
    end(0);
    put_summary();
    routes[0].kind = ROUTE_LOADERS;
    assert_int_equal(run(NULL), 0);
    assert_chunk("0: " ARCHIVE_ROWS_END " 0");
    assert_no_chunk();
}

static void what_pg_dump_wrote_is_one_chunk_whatever_its_records(void **state)
{
    (void)state;
    put_begin(1);
    begin(1);
    put_frame("a\nb");
    put_record(ARCHIVE_RECORD_BYTES, 0);
    put_frame("c\n" ARCHIVE_ROWS_END);
    put_record(ARCHIVE_RECORD_BYTES, 0);
    end(0);
    put_summary();
    routes[0].kind = ROUTE_LOADERS;
    assert_int_equal(run(NULL), 0);
    assert_chunk("0: a\nbc\n" ARCHIVE_ROWS_END " 0");
    assert_no_chunk();
}

static void a_frame_of_a_later_version_is_passed_over(void **state)
{
    char other[ARCHIVE_RECORD_SIZE] = "\x50\x2a\x4d\x18\x3c\0\0\0else";

    (void)state;
    put_begin(1);
    begin(1);
    put_piece(&drop.out, other, sizeof(other));
    put_frame("a\n");
    put_record(ARCHIVE_RECORD_ROWS, 1);
    put_frame(ARCHIVE_ROWS_END);
    end(0);
    put_summary();
    routes[0].kind = ROUTE_LOADERS;
    assert_int_equal(run(NULL), 0);
    assert_chunk("0: a\n 1");
    assert_chunk("0: " ARCHIVE_ROWS_END " 0");
    assert_no_chunk();
}

static void a_refused_tables_next_chunks_stay_away(void **state)
{
    struct queue_chunk *chunk;
    size_t table;

    (void)state;
    put_begin(2);
    for (int id = 1; id <= 2; id++) {
        begin(id);
        put_frame(id == 1 ? "a\n" : "b\n");
        put_record(ARCHIVE_RECORD_ROWS, 1);
        put_frame(ARCHIVE_ROWS_END);
        end(0);
    }
    put_summary();
    routes[0] = (struct route){.kind = ROUTE_LOADERS, .table = 0};
    routes[1] = (struct route){.kind = ROUTE_LOADERS, .table = 1};
    assert_int_equal(queue_begin(queue, 0), 0);
    assert_int_equal(queue_end(queue, &(struct archive_record){0}), 0);
    assert_int_equal(queue_take(queue, &chunk, &table), 1);
    error_set("a row is wrong");
    queue_refuse(queue, chunk);
    assert_int_equal(run(NULL), 0);
    assert_chunk("1: b\n 1");
    assert_chunk("1: " ARCHIVE_ROWS_END " 0");
    assert_no_chunk();
}

static void other_blocks_go_to_pg_restore_decompressed_and_the_rest_nowhere(void **state)
{
    struct memory archive = {0};
    struct writer out = memory_writer(&archive);
    struct archive_reader *reader;
    struct archive_block block;
    char text[64] = "";
    size_t len;

    (void)state;
    put_begin(3);
    for (int id = 1; id <= 3; id++) {
        begin(id);
        put_frame(id == 2 ? "two\n" : "other\n");
        end(1);
    }
    put_summary();
    routes[1].kind = ROUTE_PG_RESTORE;
    assert_int_equal(run(&out), 0);
    reader = archive_reader_new(memory_reader(&archive));
    assert_non_null(reader);
    assert_int_equal(archive_reader_next_block(reader, &block), 1);
    assert_int_equal(block.dump_id, 2);
    assert_int_equal(archive_reader_next_piece(reader, &len), 1);
    assert_int_equal(archive_reader_read_piece(reader, text, sizeof(text)), 4);
    assert_string_equal(text, "two\n");
    assert_int_equal(archive_reader_next_piece(reader, &len), 0);
    assert_int_equal(archive_reader_next_block(reader, &block), 0);
    archive_reader_free(reader);
    free(archive.data);
}

static void an_archive_of_pg_dump_alone_has_no_records(void **state)
{
    struct distribute d = {0};

    (void)state;
    put_front(&drop.out, ARCHIVE_ZSTD, &toc);
    begin(1);
    put_frame("a\n");
    end(0);
    assert_int_equal(wire_flush(&drop.out), 0);
    d.archive = archive_reader_new(memory_reader(&drop.to));
    assert_non_null(d.archive);
    assert_int_equal(distribute_begin(&d), 0);
    assert_false(d.has_records);
    assert_int_equal(d.block.dump_id, 1);
    archive_reader_free(d.archive);
}

static void a_drop_without_its_summary_is_damaged(void **state)
{
    (void)state;
    put_begin(1);
    begin(1);
    put_frame("a\n");
    end(0);
    assert_int_equal(run(NULL), -1);
    assert_error_has("its summary is missing");
}

static void a_block_that_is_missing_or_there_twice_is_damage(void **state)
{
    (void)state;
    put_begin(2);
    begin(2);
    end(0);
    put_summary();
    assert_int_equal(run(NULL), -1);
    assert_error_has("data block 1 (t) is missing");
    free(drop.to.data);
    toc_free(&toc);
    wire_to_memory_init(&drop);
    put_begin(1);
    for (int i = 0; i < 2; i++) {
        begin(1);
        end(0);
    }
    assert_int_equal(run(NULL), -1);
    assert_error_has("data block 1 is there twice");
}

/* A drop of one table, of which the summary says more than there is. */
static void assert_differs(struct archive_block_sum more)
{
    put_begin(1);
    begin(1);
    put_record(ARCHIVE_RECORD_ROWS, 0);
    put_frame(ARCHIVE_ROWS_END);
    sum.rows += more.rows;
    sum.bytes += more.bytes;
    sum.chunks += more.chunks;
    sethash_join(&sum.hash, &more.hash);
    end(0);
    put_summary();
    routes[0].kind = ROUTE_LOADERS;
    assert_int_equal(run(NULL), -1);
    assert_error_has("data block 1 is not what the summary says");
    assert_chunk("0: " ARCHIVE_ROWS_END " 0");
}

static void rows_that_the_summary_has_more_of_are_damage(void **state)
{
    (void)state;
    assert_differs((struct archive_block_sum){.rows = 1});
}

static void bytes_that_the_summary_has_more_of_are_damage(void **state)
{
    (void)state;
    assert_differs((struct archive_block_sum){.bytes = 1});
}

static void chunks_that_the_summary_has_more_of_are_damage(void **state)
{
    (void)state;
    assert_differs((struct archive_block_sum){.chunks = 1});
}

static void a_hash_that_is_not_the_summarys_is_damage(void **state)
{
    struct archive_block_sum more = {0};

    (void)state;
    sethash_load(&more.hash, (const unsigned char[SETHASH_SIZE]){1});
    assert_differs(more);
}

static void a_block_of_no_entry_is_damage(void **state)
{
    (void)state;
    put_begin(1);
    begin(77);
    put_frame("a\n");
    end(0);
    put_summary();
    assert_int_equal(run(NULL), -1);
    assert_error_has("data block 77 is in no table of contents");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_record_of_rows_ends_a_chunk),
        TEST(a_record_without_rows_is_no_chunk),
        TEST(what_pg_dump_wrote_is_one_chunk_whatever_its_records),
        TEST(a_frame_of_a_later_version_is_passed_over),
        TEST(a_refused_tables_next_chunks_stay_away),
        TEST(other_blocks_go_to_pg_restore_decompressed_and_the_rest_nowhere),
        TEST(an_archive_of_pg_dump_alone_has_no_records),
        TEST(a_drop_without_its_summary_is_damaged),
        TEST(a_block_that_is_missing_or_there_twice_is_damage),
        TEST(rows_that_the_summary_has_more_of_are_damage),
        TEST(bytes_that_the_summary_has_more_of_are_damage),
        TEST(chunks_that_the_summary_has_more_of_are_damage),
        TEST(a_hash_that_is_not_the_summarys_is_damage),
        TEST(a_block_of_no_entry_is_damage),
    };

    return cmocka_run_group_tests_name("distribute", tests, NULL, NULL);
}
