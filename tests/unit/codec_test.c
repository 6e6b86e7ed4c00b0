#include "archive_memory.h"

#include "archive/decode.h"
#include "archive/encode.h"

#define TABLE 1

/* An archive of one block of rows, being written. */
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

static void begin_archive(enum archive_compression compression)
{
    struct toc toc = {0};

    add_table(&toc, TABLE, "t");
    put_front(&made.out, compression, &toc);
    put_block(&made.out, ARCHIVE_BLOCK_ROWS, TABLE);
    toc_free(&toc);
}

/* Opens what was made, up to its block's pieces. */
static struct archive_reader *open_made(void)
{
    struct archive_reader *r;
    struct archive_block block;

    assert_int_equal(wire_flush(&made.out), 0);
    made.to.at = 0;
    made.to.ended = false;
    r = archive_reader_new(memory_reader(&made.to));
    assert_non_null(r);
    assert_int_equal(archive_reader_next_block(r, &block), 1);
    return r;
}

/* Reads the block's bytes, `step` at a time; returns how many, or -1 with the error set. */
static ssize_t decode_made(char *buf, size_t size, size_t step)
{
    struct archive_reader *r = open_made();
    struct archive_decoder *d = archive_decoder_new(r);
    struct reader plain;
    size_t len = 0;
    ssize_t n;

    assert_non_null(d);
    plain = archive_decoder_output(d);
    while ((n = plain.read(plain.self, buf + len, len + step < size ? step : size - len)) > 0)
        len += (size_t)n;
    archive_decoder_free(d);
    archive_reader_free(r);
    return n < 0 ? -1 : (ssize_t)len;
}

/* COPY text of rows of a hundred bytes or so, which do not compress to nothing. */
static char *make_rows(size_t len)
{
    char *rows = malloc(len);
    uint32_t noise = 1;

    assert_non_null(rows);
    for (size_t i = 0; i < len; i++) {
        noise = noise * 1664525 + 1013904223;
        rows[i] = noise >> 24 == 0 || noise >> 24 == 1 ? '\n' : (char)('a' + (noise >> 24) % 16);
    }
    rows[len - 1] = '\n';
    return rows;
}

static void encode(enum archive_compression compression, const char *data, size_t len, size_t step)
{
    struct archive_encoder *e = archive_encoder_new(&made.out, compression, 1);

    assert_non_null(e);
    for (size_t at = 0; at < len; at += step)
        assert_int_equal(archive_encoder_put(e, data + at, at + step < len ? step : len - at), 0);
    assert_int_equal(archive_encoder_end(e), 0);
    archive_encoder_free(e);
}

static void assert_comes_back(enum archive_compression compression, size_t len, size_t step)
{
    char *rows = make_rows(len), *back = malloc(len + 1);

    assert_non_null(back);
    begin_archive(compression);
    encode(compression, rows, len, step);
    assert_int_equal(decode_made(back, len + 1, step), len);
    assert_memory_equal(back, rows, len);
    free(back);
    free(rows);
}

static void plain_bytes_come_back(void **state)
{
    (void)state;
    assert_comes_back(ARCHIVE_PLAIN, 2 * ENCODE_FRAME_MAX + 5, 65536);
}

static void compressed_bytes_come_back(void **state)
{
    (void)state;
    assert_comes_back(ARCHIVE_ZSTD, 2 * ENCODE_FRAME_MAX + 5, 65536);
}

static void compressed_bytes_come_back_through_small_reads(void **state)
{
    (void)state;
    made.to.step = 7;
    assert_comes_back(ARCHIVE_ZSTD, 100 * 1000, 13);
}

/* Reads the piece that the reader stands before, and checks that it is one frame and no more.
 * Returns its plain bytes' number; 0 at the end of the pieces. */
static size_t read_frame(struct archive_reader *r, char *plain, size_t size)
{
    size_t len, at = 0, plain_len;
    char *frame;
    ssize_t n;

    if (archive_reader_next_piece(r, &len) == 0)
        return 0;
    frame = malloc(len);
    assert_non_null(frame);
    while ((n = archive_reader_read_piece(r, frame + at, len - at)) > 0)
        at += (size_t)n;
    assert_int_equal(at, len);
    assert_int_equal(ZSTD_findFrameCompressedSize(frame, len), len);
    plain_len = ZSTD_decompress(plain, size, frame, len);
    assert_false(ZSTD_isError(plain_len));
    free(frame);
    return plain_len;
}

static void each_piece_is_one_frame_of_whole_rows(void **state)
{
    size_t len = 3 * ENCODE_FRAME_MAX, at = 0, n, frames = 0;
    char *rows = make_rows(len), *frame = malloc(ENCODE_FRAME_MAX);
    struct archive_reader *r;

    (void)state;
    assert_non_null(frame);
    begin_archive(ARCHIVE_ZSTD);
    encode(ARCHIVE_ZSTD, rows, len, 100 * 1000);
    r = open_made();
    while ((n = read_frame(r, frame, ENCODE_FRAME_MAX)) > 0) {
        assert_memory_equal(frame, rows + at, n);
        assert_int_equal(frame[n - 1], '\n');
        /* As many rows as fit: none is much longer than a few thousand bytes. */
        assert_true(n > ENCODE_FRAME_MAX - 10000 || at + n == len);
        at += n;
        frames++;
    }
    assert_int_equal(at, len);
    assert_int_equal(frames, 4);
    archive_reader_free(r);
    free(frame);
    free(rows);
}

static void a_row_longer_than_a_frame_goes_over_several(void **state)
{
    size_t len = 2 * ENCODE_FRAME_MAX + 100, n;
    char *rows = malloc(len), *frame = malloc(ENCODE_FRAME_MAX);
    struct archive_reader *r;

    (void)state;
    assert_non_null(rows);
    assert_non_null(frame);
    memset(rows, 'x', len);
    rows[9] = rows[len - 50] = rows[len - 1] = '\n';
    begin_archive(ARCHIVE_ZSTD);
    encode(ARCHIVE_ZSTD, rows, len, len);
    r = open_made();
    assert_int_equal(read_frame(r, frame, ENCODE_FRAME_MAX), 10);
    assert_int_equal(read_frame(r, frame, ENCODE_FRAME_MAX), ENCODE_FRAME_MAX);
    n = read_frame(r, frame, ENCODE_FRAME_MAX);
    assert_int_equal(n, ENCODE_FRAME_MAX);
    assert_int_equal(read_frame(r, frame, ENCODE_FRAME_MAX), 90);
    assert_int_equal(read_frame(r, frame, ENCODE_FRAME_MAX), 0);
    archive_reader_free(r);
    free(frame);
    free(rows);
}

static void nothing_becomes_no_piece_at_all(void **state)
{
    struct archive_reader *r;
    size_t len;

    (void)state;
    begin_archive(ARCHIVE_ZSTD);
    encode(ARCHIVE_ZSTD, "", 0, 1);
    r = open_made();
    assert_int_equal(archive_reader_next_piece(r, &len), 0);
    archive_reader_free(r);
}

static void one_frame_over_many_pieces_is_read_as_pg_dump_writes_it(void **state)
{
    size_t len = 300 * 1000, frame_len;
    char *rows = make_rows(len), *back = malloc(len + 1);
    char *frame = compressed(rows, len, &frame_len);

    (void)state;
    assert_non_null(back);
    begin_archive(ARCHIVE_ZSTD);
    for (size_t at = 0; at < frame_len; at += 1000)
        put_piece(&made.out, frame + at, at + 1000 < frame_len ? 1000 : frame_len - at);
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, len + 1, 777), len);
    assert_memory_equal(back, rows, len);
    free(frame);
    free(back);
    free(rows);
}

static void an_empty_frame_is_no_bytes(void **state)
{
    size_t frame_len;
    char *frame = compressed("", 0, &frame_len), back[4];

    (void)state;
    begin_archive(ARCHIVE_ZSTD);
    put_piece(&made.out, frame, frame_len);
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, sizeof(back), 4), 0);
    free(frame);
}

static void a_skippable_frame_is_passed_over(void **state)
{
    static const char skippable[] = "\x50\x2a\x4d\x18\3\0\0\0abc";
    size_t frame_len;
    char *frame = compressed("row\n", 4, &frame_len), back[16];

    (void)state;
    begin_archive(ARCHIVE_ZSTD);
    put_piece(&made.out, skippable, sizeof(skippable) - 1);
    put_piece(&made.out, frame, frame_len);
    put_piece(&made.out, skippable, sizeof(skippable) - 1);
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, sizeof(back), 16), 4);
    assert_memory_equal(back, "row\n", 4);
    free(frame);
}

/* What the decoder told of records, and how many frames it had read by then. */
struct told {
    struct archive_decoder *decoder;
    struct archive_record records[4];
    uint64_t frames[4];
    size_t n;
    bool refuse;
};

static int note_record(void *self, const struct archive_record *record)
{
    struct told *told = self;

    if (told->refuse)
        return error_set("this record is not liked");
    assert_true(told->n < 4);
    told->frames[told->n] = archive_decoder_frames(told->decoder);
    told->records[told->n++] = *record;
    return 0;
}

/* Two frames with a record behind each, the first one over two pieces; before them a record alone,
 * and skippable frames of other kinds. */
static void put_records(void)
{
    static const char skippable[] = "\x50\x2a\x4d\x18\3\0\0\0abc";
    size_t len, big = 200 * 1000;
    char *frame = compressed("one\n", 4, &len), *large = calloc(1, big);
    struct archive_record record = {.kind = ARCHIVE_RECORD_ROWS, .rows = 1};

    assert_non_null(large);
    memcpy(large, "\x50\x2a\x4d\x18", 4);
    for (size_t i = 0; i < 4; i++)
        large[4 + i] = (char)((big - 8) >> 8 * i);
    assert_int_equal(archive_record_put(&record, &made.out), 0);
    put_piece(&made.out, frame, 5);
    put_piece(&made.out, frame + 5, len - 5);
    put_piece(&made.out, skippable, sizeof(skippable) - 1);
    put_piece(&made.out, large, big);
    record.rows = 2;
    assert_int_equal(archive_record_put(&record, &made.out), 0);
    put_piece(&made.out, frame, len);
    record.rows = 3;
    assert_int_equal(archive_record_put(&record, &made.out), 0);
    wire_put_int(&made.out, 0);
    free(frame);
    free(large);
}

/* Reads the block `step` bytes at a time; returns how many, or -1 with the error set. */
static ssize_t decode_observed(struct told *told, size_t step)
{
    struct archive_reader *r = open_made();
    struct reader plain;
    char buf[64];
    ssize_t n, len = 0;

    told->decoder = archive_decoder_new(r);
    assert_non_null(told->decoder);
    archive_decoder_observe_records(
        told->decoder, (struct archive_record_observer){.met = note_record, .self = told});
    plain = archive_decoder_output(told->decoder);
    while ((n = plain.read(plain.self, buf, step)) > 0) {
        /* Whose bytes these are was known before the record behind them was told. */
        assert_int_equal(told->n, 1 + (size_t)len / 4);
        len += n;
    }
    archive_decoder_free(told->decoder);
    archive_reader_free(r);
    return n < 0 ? -1 : len;
}

static void records_are_told_between_the_bytes_of_their_frames(void **state)
{
    static const size_t steps[] = {1, 3, 64};

    (void)state;
    begin_archive(ARCHIVE_ZSTD);
    put_records();
    for (size_t i = 0; i < 3; i++) {
        struct told told = {0};

        made.to.step = 2 * i;
        assert_int_equal(decode_observed(&told, steps[i]), 8);
        assert_int_equal(told.n, 3);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(told.records[j].rows, j + 1);
            assert_int_equal(told.frames[j], j);
        }
    }
}

static void a_frames_later_piece_may_begin_as_a_record_does(void **state)
{
    static const char magic[] = "\x50\x2a\x4d\x18";
    char text[100], back[101], *frame;
    uint32_t noise = 1;
    size_t len, at = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        noise = noise * 1664525 + 1013904223;
        text[i] = (char)(noise >> 24);
    }
    memcpy(text + 50, magic, 4);
    frame = compressed(text, sizeof(text), &len);
    while (memcmp(frame + at, magic, 4) != 0)
        assert_true(++at + 4 < len);
    begin_archive(ARCHIVE_ZSTD);
    put_piece(&made.out, frame, at);
    put_piece(&made.out, frame + at, len - at);
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, sizeof(back), sizeof(back)), sizeof(text));
    assert_memory_equal(back, text, sizeof(text));
    free(frame);
}

static void whoever_is_told_of_a_record_can_end_the_reading(void **state)
{
    struct told told = {.refuse = true};

    (void)state;
    begin_archive(ARCHIVE_ZSTD);
    put_records();
    assert_int_equal(decode_observed(&told, 64), -1);
    assert_string_equal(error_text(), "this record is not liked");
}

static void a_record_that_is_not_alone_in_its_piece_is_an_error(void **state)
{
    static const struct archive_record record = {.kind = ARCHIVE_RECORD_ROWS};
    unsigned char bytes[ARCHIVE_RECORD_SIZE + 1] = {0};
    char back[4];

    (void)state;
    archive_record_encode(&record, bytes);
    begin_archive(ARCHIVE_ZSTD);
    put_piece(&made.out, bytes, sizeof(bytes));
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, sizeof(back), 4), -1);
    assert_error_has("not alone in its piece");
    free(made.to.data);
    wire_to_memory_init(&made);
    begin_archive(ARCHIVE_ZSTD);
    put_piece(&made.out, bytes, 20);
    put_piece(&made.out, bytes + 20, ARCHIVE_RECORD_SIZE - 20);
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, sizeof(back), 4), -1);
    assert_error_has("not alone in its piece");
}

/* Makes an archive of the frame's first `len` bytes and `extra` in one piece; expects this error.
 */
static void assert_damaged(const char *frame, size_t len, const char *extra, const char *error)
{
    char *back = malloc(100 * 1000 + 1);

    assert_non_null(back);
    free(made.to.data);
    wire_to_memory_init(&made);
    begin_archive(ARCHIVE_ZSTD);
    wire_put_int(&made.out, (int)(len + strlen(extra)));
    wire_put_bytes(&made.out, frame, len);
    wire_put_bytes(&made.out, extra, strlen(extra));
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, 100 * 1000 + 1, 65536), -1);
    assert_error_has(error);
    free(back);
}

static void damage_of_every_kind_is_an_error(void **state)
{
    size_t len;
    char *rows = make_rows(100 * 1000);
    char *frame = compressed(rows, 100 * 1000, &len);

    (void)state;
    assert_damaged(frame, len - 1, "", "a zstd frame has no end");
    assert_damaged(frame, 3, "", "a zstd frame has no end");
    assert_damaged(frame, len, "x", "a piece goes on behind its zstd frame");
    assert_damaged("not zstd", 8, "", "the archive is damaged: Unknown frame descriptor");
    frame[len / 2] = (char)~frame[len / 2];
    frame[len / 2 + 1] = (char)~frame[len / 2 + 1];
    assert_damaged(frame, len - 1, "", "the archive is damaged");
    free(frame);
    free(rows);
}

static void a_second_frame_that_comes_with_the_next_read_is_an_error_too(void **state)
{
    size_t len;
    char *frame = compressed("row\n", 4, &len), back[16];

    (void)state;
    begin_archive(ARCHIVE_ZSTD);
    put_piece(&made.out, frame, 3); /* a piece that goes on with a frame comes as it is read */
    wire_put_int(&made.out, (int)(2 * len - 3));
    wire_put_bytes(&made.out, frame + 3, len - 3);
    made.to.step = made.out.pos; /* the first read ends with the first frame */
    wire_put_bytes(&made.out, frame, len);
    wire_put_int(&made.out, 0);
    assert_int_equal(decode_made(back, sizeof(back), sizeof(back)), -1);
    assert_error_has("a piece goes on behind its zstd frame");
    free(frame);
}

static void other_compressions_are_refused_by_name(void **state)
{
    static const enum archive_compression others[] = {ARCHIVE_GZIP, ARCHIVE_LZ4};
    static const char *const names[] = {"gzip", "lz4"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct archive_reader *r;

        begin_archive(others[i]);
        r = open_made();
        assert_null(archive_decoder_new(r));
        assert_error_has(names[i]);
        archive_reader_free(r);
        free(made.to.data);
        wire_to_memory_init(&made);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_bytes_come_back),
        TEST(compressed_bytes_come_back),
        TEST(compressed_bytes_come_back_through_small_reads),
        TEST(each_piece_is_one_frame_of_whole_rows),
        TEST(a_row_longer_than_a_frame_goes_over_several),
        TEST(nothing_becomes_no_piece_at_all),
        TEST(one_frame_over_many_pieces_is_read_as_pg_dump_writes_it),
        TEST(an_empty_frame_is_no_bytes),
        TEST(a_skippable_frame_is_passed_over),
        TEST(records_are_told_between_the_bytes_of_their_frames),
        TEST(a_frames_later_piece_may_begin_as_a_record_does),
        TEST(whoever_is_told_of_a_record_can_end_the_reading),
        TEST(a_record_that_is_not_alone_in_its_piece_is_an_error),
        TEST(damage_of_every_kind_is_an_error),
        TEST(a_second_frame_that_comes_with_the_next_read_is_an_error_too),
        TEST(other_compressions_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
