#include "archive_memory.h"

#include "archive/summary.h"

#define KEY_HEX "000102030405060708090a0b0c0d0e0f"
#define HASH_1                                                                                     \
    "0100000000000000"                                                                             \
    "0200000000000000"
#define HASH_2                                                                                     \
    "ffffffffffffffff"                                                                             \
    "0000000000000000"

static const char preamble_text[] = "dynodrop 1\n"
                                    "program dynodrop/0.1.0\n"
                                    "hash siphash-2-4-128\n"
                                    "key " KEY_HEX "\n"
                                    "setting DateStyle ISO, MDY\n"
                                    "setting TimeZone UTC\n"
                                    "option -n\n"
                                    "option a b\n";

static const char summary_text[] = "dynodrop 1\n"
                                   "block 7 2 30 1 " HASH_1 "\n"
                                   "block 2000000000 0 18446744073709551000 3 " HASH_2 "\n"
                                   "total 2 2 18446744073709551030 4\n";

static void the_preamble_is_written_line_by_line(void **state)
{
    static char program[] = "dynodrop/0.1.0", settings[] = "DateStyle ISO, MDY\nTimeZone UTC\n";
    static char words[] = "-n\na b\n";
    struct archive_preamble p = {.program = program, .settings = settings, .options = words};
    struct buf text = {0};

    (void)state;
    for (unsigned char i = 0; i < SETHASH_KEY_SIZE; i++)
        p.key[i] = i;
    assert_int_equal(archive_preamble_format(&p, &text), 0);
    assert_string_equal(text.data, preamble_text);
    text.len = 0;
    p.settings = p.options = NULL;
    assert_int_equal(archive_preamble_format(&p, &text), 0);
    assert_null(strstr(text.data, "setting"));
    assert_null(strstr(text.data, "option"));
    buf_free(&text);
}

static void the_preamble_comes_back(void **state)
{
    struct archive_preamble p;
    char *value;

    (void)state;
    assert_int_equal(archive_preamble_parse(&p, preamble_text), 0);
    assert_string_equal(p.program, "dynodrop/0.1.0");
    assert_string_equal(p.settings, "DateStyle ISO, MDY\nTimeZone UTC\n");
    for (unsigned char i = 0; i < SETHASH_KEY_SIZE; i++)
        assert_int_equal(p.key[i], i);
    assert_string_equal(p.options, "-n\na b\n");
    value = archive_preamble_setting(&p, "TimeZone");
    assert_string_equal(value, "UTC");
    free(value);
    assert_null(archive_preamble_setting(&p, "Time"));
    archive_preamble_free(&p);
}

static void options_come_back_whatever_is_in_them(void **state)
{
    static const char *const words[] = {"-n", "a\nb", "c\\n", "\\", ""};
    const char *back[8];
    struct buf text = {0};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(archive_preamble_add_option(&text, words[i]), 0);
    assert_string_equal(text.data, "-n\na\\nb\nc\\\\n\n\\\\\n\n");
    assert_int_equal(archive_preamble_take_options(text.data, back), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(back[i], words[i]);
    assert_null(back[5]);
    buf_free(&text);
}

static void the_summary_is_written_line_by_line_and_comes_back(void **state)
{
    static const struct archive_block_sum blocks[] = {
        {.dump_id = 7, .rows = 2, .bytes = 30, .chunks = 1, .hash = {.low = 1, .high = 2}},
        {.dump_id = 2000000000,
         .bytes = 18446744073709551000U,
         .chunks = 3,
         .hash = {.low = UINT64_MAX}},
    };
    struct archive_summary made = {0}, read;
    struct buf text = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(archive_summary_add(&made, &blocks[i]), 0);
    assert_int_equal(archive_summary_format(&made, &text), 0);
    assert_string_equal(text.data, summary_text);
    assert_int_equal(archive_summary_parse(&read, text.data), 0);
    assert_int_equal(read.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(read.blocks[i].dump_id, blocks[i].dump_id);
        assert_int_equal(read.blocks[i].rows, blocks[i].rows);
        assert_int_equal(read.blocks[i].bytes, blocks[i].bytes);
        assert_int_equal(read.blocks[i].chunks, blocks[i].chunks);
        assert_memory_equal(&read.blocks[i].hash, &blocks[i].hash, sizeof(blocks[i].hash));
    }
    archive_summary_free(&made);
    archive_summary_free(&read);
    buf_free(&text);
}

static void a_summary_may_be_of_many_blocks_and_of_none(void **state)
{
    struct archive_summary made = {0}, read;
    struct buf text = {0};

    (void)state;
    assert_int_equal(archive_summary_format(&made, &text), 0);
    assert_string_equal(text.data, "dynodrop 1\ntotal 0 0 0 0\n");
    assert_int_equal(archive_summary_parse(&read, text.data), 0);
    archive_summary_free(&read);
    for (int id = 1; id <= 1000; id++)
        assert_int_equal(
            archive_summary_add(&made, &(struct archive_block_sum){.dump_id = id, .rows = 3}), 0);
    text.len = 0;
    assert_int_equal(archive_summary_format(&made, &text), 0);
    assert_int_equal(archive_summary_parse(&read, text.data), 0);
    assert_int_equal(read.n, 1000);
    assert_int_equal(read.blocks[999].dump_id, 1000);
    archive_summary_free(&made);
    archive_summary_free(&read);
    buf_free(&text);
}

static void a_blocks_sum_is_that_of_its_records(void **state)
{
    static const struct archive_record records[] = {
        {.kind = ARCHIVE_RECORD_ROWS, .rows = 3, .bytes = 40, .hash = {.low = UINT64_MAX}},
        {.kind = ARCHIVE_RECORD_BYTES, .bytes = 5, .hash = {.low = 2, .high = 4}},
    };
    struct archive_block_sum sum = {.dump_id = 9};

    (void)state;
    archive_block_sum_add(&sum, &records[0]);
    archive_block_sum_add(&sum, &records[1]);
    assert_int_equal(sum.dump_id, 9);
    assert_int_equal(sum.rows, 3);
    assert_int_equal(sum.bytes, 45);
    assert_int_equal(sum.chunks, 2);
    assert_int_equal(sum.hash.low, 1);
    assert_int_equal(sum.hash.high, 5);
}

static int parse_preamble(const char *text)
{
    struct archive_preamble p;
    int rc = archive_preamble_parse(&p, text);

    archive_preamble_free(&p);
    return rc;
}

static int parse_summary(const char *text)
{
    struct archive_summary s;
    int rc = archive_summary_parse(&s, text);

    archive_summary_free(&s);
    return rc;
}

static void lines_that_are_not_known_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(parse_preamble("dynodrop 1\nlater\nmood good\nprogram p\n\n"
                                    "hash siphash-2-4-128\nkey " KEY_HEX "\nkeys 9\n"),
                     0);
    assert_int_equal(parse_summary("dynodrop 1\nblocks none\ntotal 0 0 0 0\nmore to come\n"), 0);
}

static void a_later_version_takes_a_newer_dynodrop(void **state)
{
    (void)state;
    assert_int_equal(parse_preamble("dynodrop 2\nwhatever"), -1);
    assert_error_has("the drop is of format 2");
    assert_error_has("it takes a newer dynodrop");
    assert_int_equal(parse_summary("dynodrop 10\n"), -1);
    assert_error_has("it takes a newer dynodrop");
    assert_int_equal(parse_preamble("dynodrop 1\nhash xxh3\n"), -1);
    assert_error_has("hashed with xxh3");
    assert_error_has("it takes a newer dynodrop");
}

#define FRONT "dynodrop 1\nprogram p\nhash siphash-2-4-128\n"

static void damaged_preambles_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "dynodrop 1",
        "dynodrop\n",
        "dynodrop 0\n",
        "dynodrop 1 \n",
        "dynodrop 01x\n",
        "dynodrop 99999999999999999999\n",
        "Dynodrop 1\nprogram p\nhash siphash-2-4-128\nkey " KEY_HEX "\n",
        FRONT,
        FRONT "key " KEY_HEX,
        FRONT "key\n",
        FRONT "key 00\n",
        FRONT "key " KEY_HEX "00\n",
        FRONT "key g00102030405060708090a0b0c0d0e0f\n",
        FRONT "key " KEY_HEX "\nkey " KEY_HEX "\n",
        FRONT "key " KEY_HEX "\nprogram q\n",
        "dynodrop 1\nprogram p\nkey " KEY_HEX "\n",
        "dynodrop 1\nhash siphash-2-4-128\nkey " KEY_HEX "\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        error_set("%s", "");
        if (parse_preamble(texts[i]) != -1)
            fail_msg("taken: %s", texts[i]);
        assert_error_has("the archive is damaged: its preamble cannot be read");
    }
}

static void damaged_summaries_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "dynodrop 1\n",
        "dynodrop 1\ntotal 0 0 0 0",
        "dynodrop 1\ntotal 0 0 0\n",
        "dynodrop 1\ntotal 0 0 0 0 0\n",
        "dynodrop 1\ntotal 0 0 0 -0\n",
        "dynodrop 1\ntotal 0 0  0 0\n",
        "dynodrop 1\ntotal 0 0 0 0\ntotal 0 0 0 0\n",
        "dynodrop 1\ntotal 0 0 0 0\nblock 7 0 0 0 " HASH_1 "\n",
        "dynodrop 1\nblock 7 0 0 0 " HASH_1 "\n",
        "dynodrop 1\nblock 0 0 0 0 " HASH_1 "\ntotal 1 0 0 0\n",
        "dynodrop 1\nblock 2147483648 0 0 0 " HASH_1 "\ntotal 1 0 0 0\n",
        "dynodrop 1\nblock 7 0 0 " HASH_1 "\ntotal 1 0 0 0\n",
        "dynodrop 1\nblock 7 0 0 0 " HASH_1 "0\ntotal 1 0 0 0\n",
        "dynodrop 1\nblock 7 18446744073709551616 0 0 " HASH_1 "\ntotal 1 0 0 0\n",
    };
    static const char *const sums[] = {
        "dynodrop 1\nblock 7 2 30 1 " HASH_1 "\ntotal 2 2 30 1\n",
        "dynodrop 1\nblock 7 2 30 1 " HASH_1 "\ntotal 1 3 30 1\n",
        "dynodrop 1\nblock 7 2 30 1 " HASH_1 "\ntotal 1 2 31 1\n",
        "dynodrop 1\nblock 7 2 30 1 " HASH_1 "\ntotal 1 2 30 0\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        error_set("%s", "");
        if (parse_summary(texts[i]) != -1)
            fail_msg("taken: %s", texts[i]);
        assert_error_has("the archive is damaged: its summary cannot be read");
    }
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        assert_int_equal(parse_summary(sums[i]), -1);
        assert_error_has("its summary is not the sum of its blocks");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_preamble_is_written_line_by_line),
        cmocka_unit_test(the_preamble_comes_back),
        cmocka_unit_test(options_come_back_whatever_is_in_them),
        cmocka_unit_test(the_summary_is_written_line_by_line_and_comes_back),
        cmocka_unit_test(a_summary_may_be_of_many_blocks_and_of_none),
        cmocka_unit_test(a_blocks_sum_is_that_of_its_records),
        cmocka_unit_test(lines_that_are_not_known_are_passed_over),
        cmocka_unit_test(a_later_version_takes_a_newer_dynodrop),
        cmocka_unit_test(damaged_preambles_are_refused),
        cmocka_unit_test(damaged_summaries_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
