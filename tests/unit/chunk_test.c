#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "archive/chunk.h"
#include "base/buf.h"
#include "base/error.h"

static const unsigned char key[SETHASH_KEY_SIZE] = "sixteen bytes ..";

/* What comes out of an encoder, piece behind piece. */
struct out {
    struct buf bytes;
    size_t n_pieces;
    size_t largest;
};

static int collect(void *self, unsigned char *piece, size_t len)
{
    struct out *out = self;
    int rc = buf_add(&out->bytes, piece, len);

    out->n_pieces++;
    if (len > out->largest)
        out->largest = len;
    free(piece);
    return rc;
}

/* As much of each row at a time as the encoder has room for. */
static void take_rows(struct chunk_encoder *e, const struct buf *rows)
{
    const char *at = rows->data, *end = rows->data + rows->len;

    while (at < end) {
        const char *next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        size_t size, len = (size_t)(next - at);
        char *room = chunk_encoder_room(e, &size);

        assert_true(size > 0);
        if (len > size)
            len = size;
        memcpy(room, at, len);
        at += len;
        assert_int_equal(chunk_encoder_take(e, len, at == next), 0);
    }
}

/* At the first of two levels, and for a trial at the other one, unless that is 0. */
static void encode_at(struct chunk_encoder *e, const struct buf *rows, struct out *out,
                      struct archive_record *record, const struct chunk_level levels[2])
{
    assert_int_equal(chunk_encoder_begin(e, (struct chunk_sink){.put = collect, .self = out},
                                         levels, levels[1].level > 0 ? 2 : 1),
                     0);
    take_rows(e, rows);
    assert_int_equal(chunk_encoder_end(e, record), 0);
}

static void encode(struct chunk_encoder *e, const struct buf *rows, struct out *out,
                   struct archive_record *record, int level, int trial_level)
{
    const struct chunk_level levels[] = {{.level = level}, {.level = trial_level}};

    encode_at(e, rows, out, record, levels);
}

/* The pieces are one frame, which holds the rows. */
static void assert_holds(const struct out *out, const struct buf *rows)
{
    char *text = malloc(rows->len + 1);

    assert_non_null(text);
    assert_int_equal(ZSTD_findFrameCompressedSize(out->bytes.data, out->bytes.len), out->bytes.len);
    assert_int_equal(ZSTD_decompress(text, rows->len + 1, out->bytes.data, out->bytes.len),
                     rows->len);
    assert_memory_equal(text, rows->data, rows->len);
    free(text);
}

/* Rows of about this many bytes, some of which compress. */
static void add_rows(struct buf *rows, size_t n, size_t len)
{
    unsigned state = 1;

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(buf_printf(rows, "%zu\trow\t", i), 0);
        for (size_t j = 0; j < len; j++) {
            char c = (char)('!' + (state = state * 1103515245u + 12345u) / 65536 % 90);

            assert_int_equal(buf_add(rows, &c, 1), 0);
        }
        assert_int_equal(buf_add_text(rows, "\n"), 0);
    }
}

static void check_rows(size_t n, size_t len)
{
    struct chunk_encoder *e = chunk_encoder_new(key);
    struct archive_record record;
    struct sethash hash = {0};
    struct buf rows = {0};
    struct out out = {0};

    assert_non_null(e);
    add_rows(&rows, n, len);
    encode(e, &rows, &out, &record, 1, 0);
    assert_holds(&out, &rows);
    assert_true(out.largest <= CHUNK_PIECE_MAX);
    for (const char *at = rows.data; *at != '\0'; at = strchr(at, '\n') + 1)
        sethash_add(&hash, key, at, strcspn(at, "\n"));
    assert_int_equal(record.kind, ARCHIVE_RECORD_ROWS);
    assert_int_equal(record.rows, n);
    assert_int_equal(record.bytes, rows.len);
    assert_memory_equal(&record.hash, &hash, sizeof(hash));
    assert_int_equal(chunk_encoder_size(e, 0), out.bytes.len);
    buf_free(&rows);
    buf_free(&out.bytes);
    chunk_encoder_free(e);
}

static void a_chunk_is_one_frame_of_its_rows(void **state)
{
    (void)state;
    check_rows(1, 0);
    check_rows(3, 20);
    check_rows(20000, 100);
}

static void a_row_may_be_larger_than_every_buffer(void **state)
{
    (void)state;
    check_rows(3, 1000000);
    /* With what stands before it the row is as long as the encoder's buffer, or off by one. */
    for (size_t len = 128 * 1024 - 8; len <= 128 * 1024; len++)
        check_rows(2, len);
}

static void a_chunk_without_rows_has_no_piece(void **state)
{
    struct chunk_encoder *e = chunk_encoder_new(key);
    struct archive_record record;
    struct buf none = {0};
    struct out out = {0};

    (void)state;
    encode(e, &none, &out, &record, 1, 3);
    assert_int_equal(out.n_pieces, 0);
    assert_int_equal(record.rows, 0);
    assert_int_equal(record.bytes, 0);
    assert_int_equal(chunk_encoder_size(e, 0), 0);
    assert_int_equal(chunk_encoder_size(e, 1), 0);
    chunk_encoder_free(e);
}

static void an_encoder_is_as_new_for_the_next_chunk(void **state)
{
    struct chunk_encoder *e = chunk_encoder_new(key);
    struct archive_record first, again;
    struct buf rows = {0}, other = {0};
    struct out out = {0}, second = {0}, third = {0};

    (void)state;
    add_rows(&rows, 100, 300);
    add_rows(&other, 5000, 50);
    encode(e, &rows, &out, &first, 1, 3);
    encode(e, &other, &second, &again, 7, 0);
    assert_holds(&second, &other);
    encode(e, &rows, &third, &again, 1, 3);
    assert_int_equal(out.bytes.len, third.bytes.len);
    assert_memory_equal(out.bytes.data, third.bytes.data, out.bytes.len);
    assert_memory_equal(&first, &again, sizeof(first));
    buf_free(&rows);
    buf_free(&other);
    buf_free(&out.bytes);
    buf_free(&second.bytes);
    buf_free(&third.bytes);
    chunk_encoder_free(e);
}

static void a_trial_tells_what_another_level_makes_of_the_rows(void **state)
{
    struct chunk_encoder *e = chunk_encoder_new(key);
    struct archive_record record;
    struct buf rows = {0};
    struct out out = {0}, trial = {0};
    uint64_t tried;

    (void)state;
    add_rows(&rows, 30000, 30);
    encode(e, &rows, &out, &record, 1, 9);
    assert_holds(&out, &rows);
    tried = chunk_encoder_size(e, 1);
    assert_true(tried > 0 && tried != out.bytes.len);
    encode(e, &rows, &trial, &record, 9, 0);
    assert_int_equal(trial.bytes.len, tried);
    buf_free(&rows);
    buf_free(&out.bytes);
    buf_free(&trial.bytes);
    chunk_encoder_free(e);
}

static void digits_become_half_also_where_matches_are_looked_for_at_few_places(void **state)
{
    const struct chunk_level levels[] = {{.level = 1, .distance = 6}, {.level = 1}};
    struct chunk_encoder *e = chunk_encoder_new(key);
    struct archive_record record;
    struct buf rows = {0};
    struct out out = {0}, plain = {0};

    (void)state;
    srand(1);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(buf_printf(&rows, "%09d\n", rand() % 1000000000), 0);
    encode_at(e, &rows, &out, &record, levels);
    assert_holds(&out, &rows);
    assert_true(out.bytes.len < rows.len / 2);
    encode(e, &rows, &plain, &record, 1, 0);
    assert_int_equal(plain.bytes.len, chunk_encoder_size(e, 0));
    assert_int_not_equal(plain.bytes.len, out.bytes.len);
    buf_free(&rows);
    buf_free(&out.bytes);
    buf_free(&plain.bytes);
    chunk_encoder_free(e);
}

static int refuse(void *self, unsigned char *piece, size_t len)
{
    (void)self;
    (void)len;
    free(piece);
    return error_set("refused");
}

static void what_the_sink_refuses_ends_the_chunk(void **state)
{
    const struct chunk_level level = {.level = 1};
    const struct buf row = {.data = "a\n", .len = 2};
    struct chunk_encoder *e = chunk_encoder_new(key);
    struct archive_record record;

    (void)state;
    assert_int_equal(chunk_encoder_begin(e, (struct chunk_sink){.put = refuse}, &level, 1), 0);
    take_rows(e, &row);
    assert_int_equal(chunk_encoder_end(e, &record), -1);
    assert_string_equal(error_text(), "refused");
    chunk_encoder_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunk_is_one_frame_of_its_rows),
        cmocka_unit_test(a_row_may_be_larger_than_every_buffer),
        cmocka_unit_test(a_chunk_without_rows_has_no_piece),
        cmocka_unit_test(an_encoder_is_as_new_for_the_next_chunk),
        cmocka_unit_test(a_trial_tells_what_another_level_makes_of_the_rows),
        cmocka_unit_test(digits_become_half_also_where_matches_are_looked_for_at_few_places),
        cmocka_unit_test(what_the_sink_refuses_ends_the_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
