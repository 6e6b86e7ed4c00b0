#include "archive_memory.h"

#include "archive/record.h"

static const struct archive_record rows = {
    .kind = ARCHIVE_RECORD_ROWS,
    .rows = 0x0102030405060708,
    .bytes = 0x1112131415161718,
    .first_page = 0x21222324,
    .end_page = ARCHIVE_PAGE_END,
    .hash = {.low = 0x3132333435363738, .high = 0x4142434445464748},
};

static void a_record_is_laid_out_as_its_header_says(void **state)
{
    static const unsigned char expected[ARCHIVE_RECORD_SIZE] =
        "\x50\x2a\x4d\x18\x3c\0\0\0"
        "DDck\1\1\0\0"
        "\x08\x07\x06\x05\x04\x03\x02\x01"
        "\x18\x17\x16\x15\x14\x13\x12\x11"
        "\x24\x23\x22\x21\xff\xff\xff\xff"
        "\x38\x37\x36\x35\x34\x33\x32\x31\x48\x47\x46\x45\x44\x43\x42\x41"
        "\0\0\0\0\0\0\0\0\0\0\0";
    unsigned char bytes[ARCHIVE_RECORD_SIZE];

    (void)state;
    archive_record_encode(&rows, bytes);
    assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void a_record_comes_back(void **state)
{
    static const struct archive_record of_bytes = {
        .kind = ARCHIVE_RECORD_BYTES, .bytes = 5, .hash = {.low = 1, .high = 2}};
    const struct archive_record *const records[] = {&rows, &of_bytes};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        unsigned char bytes[ARCHIVE_RECORD_SIZE];
        struct archive_record again;

        archive_record_encode(records[i], bytes);
        assert_true(archive_record_begins(bytes, 8));
        assert_int_equal(archive_record_decode(&again, bytes, sizeof(bytes)), 1);
        assert_int_equal(again.kind, records[i]->kind);
        assert_int_equal(again.rows, records[i]->rows);
        assert_int_equal(again.bytes, records[i]->bytes);
        assert_int_equal(again.first_page, records[i]->first_page);
        assert_int_equal(again.end_page, records[i]->end_page);
        assert_memory_equal(&again.hash, &records[i]->hash, sizeof(again.hash));
    }
}

static void a_record_is_written_as_a_piece_that_zstd_passes_over(void **state)
{
    unsigned char bytes[ARCHIVE_RECORD_SIZE];
    struct wire_to_memory made;
    char plain[8];

    (void)state;
    wire_to_memory_init(&made);
    assert_int_equal(archive_record_put(&rows, &made.out), 0);
    assert_int_equal(wire_flush(&made.out), 0);
    assert_int_equal(made.to.len, 5 + ARCHIVE_RECORD_SIZE);
    assert_memory_equal(made.to.data, "\0\x44\0\0\0", 5);
    archive_record_encode(&rows, bytes);
    assert_memory_equal(made.to.data + 5, bytes, sizeof(bytes));
    assert_int_equal(ZSTD_decompress(plain, sizeof(plain), bytes, sizeof(bytes)), 0);
    free(made.to.data);
}

/* What decoding gives for a record with one byte changed. */
static int decode_with(size_t at, unsigned char value)
{
    unsigned char bytes[ARCHIVE_RECORD_SIZE];
    struct archive_record record;

    archive_record_encode(&rows, bytes);
    bytes[at] = value;
    return archive_record_decode(&record, bytes, sizeof(bytes));
}

static void skippable_frames_of_others_and_of_later_versions_are_passed_over(void **state)
{
    static const unsigned char empty[] = "\x50\x2a\x4d\x18\0\0\0";
    static const unsigned char other[] = "\x50\x2a\x4d\x18\3\0\0\0DDc";
    struct archive_record record;

    (void)state;
    assert_int_equal(decode_with(8, 'd'), 0);
    assert_int_equal(decode_with(12, 2), 0);
    assert_int_equal(archive_record_decode(&record, empty, 8), 0);
    assert_int_equal(archive_record_decode(&record, other, 11), 0);
}

static void damaged_records_are_refused(void **state)
{
    unsigned char bytes[ARCHIVE_RECORD_SIZE + 1] = {0};
    struct archive_record record;

    (void)state;
    assert_int_equal(decode_with(0, 0x51), -1);
    assert_int_equal(decode_with(4, 59), -1);
    assert_error_has("not alone in its piece");
    assert_int_equal(decode_with(13, 0), -1);
    assert_int_equal(decode_with(13, 3), -1);
    assert_error_has("a chunk record that is none");
    archive_record_encode(&rows, bytes);
    assert_int_equal(archive_record_decode(&record, bytes, ARCHIVE_RECORD_SIZE + 1), -1);
    assert_int_equal(archive_record_decode(&record, bytes, ARCHIVE_RECORD_SIZE - 1), -1);
    assert_int_equal(archive_record_decode(&record, bytes, 7), -1);
    bytes[4]++;
    assert_int_equal(archive_record_decode(&record, bytes, ARCHIVE_RECORD_SIZE + 1), -1);
    assert_error_has("a chunk record that is none");
}

static void other_first_bytes_begin_no_record(void **state)
{
    static const unsigned char zstd[] = "\x28\xb5\x2f\xfd\0\0\0\0";
    unsigned char bytes[ARCHIVE_RECORD_SIZE];

    (void)state;
    archive_record_encode(&rows, bytes);
    assert_false(archive_record_begins(zstd, 8));
    assert_false(archive_record_begins(bytes, 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_laid_out_as_its_header_says),
        cmocka_unit_test(a_record_comes_back),
        cmocka_unit_test(a_record_is_written_as_a_piece_that_zstd_passes_over),
        cmocka_unit_test(skippable_frames_of_others_and_of_later_versions_are_passed_over),
        cmocka_unit_test(damaged_records_are_refused),
        cmocka_unit_test(other_first_bytes_begin_no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
