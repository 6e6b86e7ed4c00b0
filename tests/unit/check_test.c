/* Checking archives that dynodrop could have made, and ones that were spoiled since. */
#include "archive_memory.h"

#include "archive/check.h"
#include "archive/copy.h"
#include "archive/encode.h"
#include "archive/rows.h"

#define ROWS    1 /* a table in chunks */
#define PASSED  2 /* a table as pg_dump wrote it */
#define INSERTS 3
#define OBJECTS 4

static const unsigned char key[SETHASH_KEY_SIZE] = "key of the rows";

static const struct part {
    const char *text;
    uint32_t first_page, end_page;
} parts[] = {
    {"1\tone\n2\ttwo\n", 0, 10},
    {"", 10, 20},
    {"3\t\\N\n", 20, ARCHIVE_PAGE_END},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* How the archive is made; everything zero makes a good one. */
static struct {
    enum archive_compression compression;                /* zstd, where it is zero */
    void (*record)(struct archive_record *record);       /* changes that of the first part */
    void (*bytes_record)(struct archive_record *record); /* that of the object */
    void (*sum)(struct archive_summary *summary);
    const char *preamble, *summary;                     /* other texts */
    const char *end;                                    /* other text behind the last record */
    const char *more_end;                               /* in another frame */
    const char *objects_desc;                           /* for "BLOBS" */
    bool no_dumper;                                     /* of the INSERTs' entry */
    size_t without_record, without_frame, without_part; /* number of a part, from 1 */
    size_t twice;                                       /* its frame */
    int without_block, block_twice;
    bool swap_frames, swap_parts, swap_blocks;
    bool plain, no_preamble, no_summary, no_key;
    bool late_preamble, early_summary, more_behind;
    bool rows_among_bytes;
} spoil;

static struct memory made;
static struct archive_writer *w;
static struct archive_summary summary;

static int start(void **state)
{
    (void)state;
    memset(&spoil, 0, sizeof(spoil));
    made = (struct memory){0};
    summary = (struct archive_summary){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    free(made.data);
    archive_summary_free(&summary);
    return 0;
}

static void put_frame(const char *text, size_t len)
{
    size_t frame_len;
    char *frame = compressed(text, len, &frame_len);

    assert_int_equal(archive_writer_begin_piece(w, frame_len), 0);
    assert_int_equal(archive_writer_put_piece(w, frame, frame_len), 0);
    free(frame);
}

static struct archive_record record_of(const struct part *part)
{
    struct archive_record record = {.kind = ARCHIVE_RECORD_ROWS,
                                    .bytes = strlen(part->text),
                                    .first_page = part->first_page,
                                    .end_page = part->end_page};

    for (const char *at = part->text, *end; *at != '\0'; at = end + 1) {
        end = strchr(at, '\n');
        if (end == NULL)
            break;
        sethash_add(&record.hash, key, at, (size_t)(end - at));
        record.rows++;
    }
    return record;
}

/* Part i of the table, from 1. */
static void put_part(size_t i)
{
    const struct part *part = &parts[i - 1];
    const struct part *frame = &parts[spoil.swap_frames ? PARTS - i : i - 1];
    struct archive_record record = record_of(part);

    if (spoil.record != NULL && i == 1)
        spoil.record(&record);
    for (size_t times = i == spoil.twice ? 2 : i != spoil.without_frame; times > 0; times--)
        if (frame->text[0] != '\0')
            put_frame(frame->text, strlen(frame->text));
    if (i != spoil.without_record)
        assert_int_equal(archive_writer_put_record(w, &record), 0);
}

static void put_table(void)
{
    for (size_t i = 1; i <= PARTS; i++)
        if (i != spoil.without_part)
            put_part(spoil.swap_parts ? PARTS + 1 - i : i);
    if (spoil.end == NULL) {
        assert_int_equal(archive_writer_end_rows(w), 0);
        return;
    }
    if (spoil.end[0] != '\0')
        put_frame(spoil.end, strlen(spoil.end));
    if (spoil.more_end != NULL)
        put_frame(spoil.more_end, strlen(spoil.more_end));
    assert_int_equal(archive_writer_end_data(w), 0);
}

static void put_objects(void)
{
    static const char bytes[] = "bytes of an object";
    const size_t len = sizeof(bytes) - 1;

    assert_int_equal(archive_writer_begin_large_object(w, 16), 0);
    assert_int_equal(archive_writer_end_data(w), 0);
    assert_int_equal(archive_writer_begin_large_object(w, 17), 0);
    if (spoil.bytes_record != NULL) {
        struct archive_record record = {.kind = ARCHIVE_RECORD_BYTES, .bytes = len};

        sethash_add(&record.hash, key, bytes, len);
        spoil.bytes_record(&record);
        put_frame(bytes, len);
        assert_int_equal(archive_writer_put_record(w, &record), 0);
    } else {
        assert_int_equal(archive_writer_put(w, bytes, len), 0);
    }
    assert_int_equal(archive_writer_end_data(w), 0);
    assert_int_equal(archive_writer_end_large_objects(w), 0);
}

static void put_some_block(int id)
{
    static const char copied[] = "1\n2\n" ARCHIVE_ROWS_END;
    static const char inserts[] = "INSERT INTO t VALUES (1);\n";
    const struct archive_block block = {
        .kind = id == OBJECTS ? ARCHIVE_BLOCK_LARGE_OBJECTS : ARCHIVE_BLOCK_ROWS, .dump_id = id};

    if (id == spoil.without_block)
        return;
    assert_int_equal(archive_writer_begin_block(w, &block), 0);
    if (id == ROWS)
        put_table();
    else if (id == OBJECTS)
        put_objects();
    else {
        const char *text = id == PASSED ? copied : inserts;

        assert_int_equal(archive_writer_put(w, text, strlen(text)), 0);
        if (spoil.rows_among_bytes && id == INSERTS) {
            const struct part part = {"", 0, ARCHIVE_PAGE_END};
            const struct archive_record record = record_of(&part);

            assert_int_equal(archive_writer_put_record(w, &record), 0);
        }
        archive_writer_add_rows(w, id == PASSED ? 2 : 0);
        assert_int_equal(archive_writer_end_data(w), 0);
    }
    assert_int_equal(archive_summary_add(&summary, archive_writer_block_sum(w)), 0);
}

static void put_preamble(void)
{
    static char program[] = "dynodrop/test";
    struct archive_preamble preamble = {.program = program};
    struct buf text = {0};

    memcpy(preamble.key, key, sizeof(key));
    assert_int_equal(archive_preamble_format(&preamble, &text), 0);
    assert_int_equal(
        archive_writer_put_text_block(w, ARCHIVE_PREAMBLE_ID,
                                      spoil.preamble != NULL ? spoil.preamble : text.data),
        0);
    buf_free(&text);
}

static void put_summary(void)
{
    struct buf text = {0};

    if (spoil.sum != NULL)
        spoil.sum(&summary);
    assert_int_equal(archive_summary_format(&summary, &text), 0);
    assert_int_equal(archive_writer_put_text_block(
                         w, ARCHIVE_SUMMARY_ID, spoil.summary != NULL ? spoil.summary : text.data),
                     0);
    buf_free(&text);
}

static void put_blocks(void)
{
    static const int in_order[] = {ROWS, PASSED, INSERTS, OBJECTS};

    if (!spoil.no_preamble && !spoil.late_preamble)
        put_preamble();
    for (size_t i = 0; i < 4; i++) {
        put_some_block(in_order[spoil.swap_blocks && i < 2 ? 1 - i : i]);
        if (spoil.late_preamble && i == 0)
            put_preamble();
        if (in_order[i] == spoil.block_twice)
            put_some_block(in_order[i]);
        if (spoil.early_summary && i == 2)
            put_summary();
    }
    if (!spoil.no_summary && !spoil.early_summary)
        put_summary();
    if (spoil.more_behind)
        put_summary();
}

static void fill_toc(struct toc *toc)
{
    add_table(toc, ROWS, "rows");
    add_table(toc, PASSED, "passed");
    add_entry(toc, INSERTS, "TABLE DATA", "inserts", "", !spoil.no_dumper);
    add_entry(toc, 9, "SEQUENCE SET", "s", "", false);
    add_entry(toc, OBJECTS, spoil.objects_desc != NULL ? spoil.objects_desc : "BLOBS", "BLOBS", "",
              true);
}

static void make(void)
{
    const struct archive_header header = {
        .minor = 16, .compression = spoil.plain ? ARCHIVE_PLAIN : ARCHIVE_ZSTD};
    struct toc toc = {0};

    fill_toc(&toc);
    w = archive_writer_new(memory_writer(&made), &header, &toc, 3);
    assert_non_null(w);
    if (!spoil.no_key)
        archive_writer_set_key(w, key);
    put_blocks();
    assert_int_equal(archive_writer_finish(w), 0);
    archive_writer_free(w);
    toc_free(&toc);
}

struct told {
    struct archive_block_sum blocks[4];
    size_t n;
};

static void note_block(void *self, const struct toc_entry *entry,
                       const struct archive_block_sum *sum)
{
    struct told *told = self;

    assert_true(told->n < 4);
    assert_int_equal(entry->dump_id, sum->dump_id);
    told->blocks[told->n++] = *sum;
}

static int check_made(struct archive_checked *checked, struct told *told)
{
    const struct archive_check_observer observer = {.block = note_block, .self = told};
    struct memory source = {.data = made.data, .len = made.len, .step = made.step};
    struct archive_reader *r = archive_reader_new(memory_reader(&source));
    int rc;

    assert_non_null(r);
    *told = (struct told){0};
    error_set("%s", "");
    rc = archive_check(r, &observer, checked);
    archive_reader_free(r);
    return rc;
}

static void assert_good(void)
{
    struct archive_checked checked;
    struct told told;

    if (check_made(&checked, &told) != 0)
        fail_msg("refused: %s", error_text());
}

/* Makes it as `spoil` says, and expects this error; then begins anew. */
static void assert_refused(const char *error)
{
    struct archive_checked checked;
    struct told told;

    make();
    if (check_made(&checked, &told) != -1)
        fail_msg("taken, and should be refused with: %s", error);
    if (strstr(error_text(), error) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error_text(), error);
    finish(NULL);
    start(NULL);
}

static void a_good_archive_is_counted_block_by_block(void **state)
{
    struct archive_checked checked;
    struct told told;

    (void)state;
    make();
    assert_int_equal(check_made(&checked, &told), 0);
    assert_false(checked.structure_only);
    assert_int_equal(checked.tables, 3);
    assert_int_equal(checked.rows, 5);
    assert_int_equal(checked.bytes, 17 + 5 + 9 + 26 + 18);
    assert_int_equal(checked.chunks, 6);
    assert_int_equal(told.n, 4);
    assert_int_equal(told.blocks[0].rows, 3);
    assert_int_equal(told.blocks[0].chunks, 3);
    assert_int_equal(told.blocks[1].rows, 2);
    assert_int_equal(told.blocks[1].chunks, 1);
    assert_int_equal(told.blocks[2].rows, 0);
    assert_int_equal(told.blocks[3].rows, 2);
    assert_int_equal(told.blocks[3].chunks, 1);
}

static void a_good_archive_is_taken_through_small_reads(void **state)
{
    (void)state;
    make();
    made.step = 3;
    assert_good();
}

static void without_a_preamble_only_the_structure_is_checked(void **state)
{
    struct archive_checked checked;
    struct told told;

    (void)state;
    spoil.no_preamble = spoil.no_summary = spoil.no_key = true;
    make();
    assert_int_equal(check_made(&checked, &told), 0);
    assert_true(checked.structure_only);
    assert_int_equal(checked.chunks, 0);
    assert_int_equal(checked.rows, 5);
    finish(NULL);
    start(NULL);
    spoil.no_preamble = spoil.no_summary = spoil.no_key = true;
    spoil.without_block = OBJECTS;
    assert_refused("data block 4 (BLOBS) is missing");
}

/* As `open` writes it from a drop. */
static void records_without_a_preamble_are_passed_over(void **state)
{
    struct archive_checked checked;
    struct told told;

    (void)state;
    spoil.no_preamble = spoil.no_summary = true;
    make();
    assert_int_equal(check_made(&checked, &told), 0);
    assert_true(checked.structure_only);
    assert_int_equal(checked.rows, 5);
    assert_int_equal(checked.chunks, 0);
}

static void other_kind(struct archive_record *record)
{
    record->kind = record->kind == ARCHIVE_RECORD_ROWS ? ARCHIVE_RECORD_BYTES : ARCHIVE_RECORD_ROWS;
}

static void other_rows(struct archive_record *record)
{
    record->rows++;
}

static void other_bytes(struct archive_record *record)
{
    record->bytes--;
}

static void other_first_page(struct archive_record *record)
{
    record->first_page++;
}

static void other_end_page(struct archive_record *record)
{
    record->end_page++;
}

static void no_pages(struct archive_record *record)
{
    record->end_page = record->first_page;
}

static void other_hash_low(struct archive_record *record)
{
    record->hash.low ^= 1;
}

static void other_hash_high(struct archive_record *record)
{
    record->hash.high ^= UINT64_C(1) << 63;
}

static void every_field_of_a_record_of_rows_matters(void **state)
{
    static const struct {
        void (*change)(struct archive_record *record);
        const char *error;
    } cases[] = {
        {other_kind, "of chunk 1 is not what its record says"},
        {other_rows, "the number of rows of chunk 1 is not what its record says"},
        {other_bytes, "the number of bytes of chunk 1 is not what its record says"},
        {other_first_page, "the pages of chunk 1 are not those behind"},
        {other_end_page, "the pages of chunk 2 are not those behind"},
        {no_pages, "the pages of chunk 1 are not those behind"},
        {other_hash_low, "the hash of chunk 1 is not what its record says"},
        {other_hash_high, "the hash of chunk 1 is not what its record says"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        spoil.record = cases[i].change;
        assert_refused(cases[i].error);
    }
}

static void every_field_of_a_record_of_bytes_matters(void **state)
{
    static const struct {
        void (*change)(struct archive_record *record);
        const char *error;
    } cases[] = {
        {other_kind, "the kind of chunk 1 is not what its record says"},
        {other_rows, "the kind of chunk 1 is not what its record says"},
        {other_bytes, "the number of bytes of chunk 1 is not what its record says"},
        {other_first_page, "the kind of chunk 1 is not what its record says"},
        {other_end_page, "the kind of chunk 1 is not what its record says"},
        {other_hash_low, "the hash of chunk 1 is not what its record says"},
        {other_hash_high, "the hash of chunk 1 is not what its record says"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        spoil.bytes_record = cases[i].change;
        assert_refused(cases[i].error);
    }
}

static void the_error_names_the_block(void **state)
{
    (void)state;
    spoil.record = other_hash_low;
    assert_refused("data block 1 (rows): the archive is damaged");
    spoil.bytes_record = other_hash_low;
    assert_refused("data block 4 (BLOBS): large object 17: the archive is damaged");
}

static void frames_that_are_swapped_lost_or_doubled_are_found(void **state)
{
    (void)state;
    spoil.swap_frames = true;
    assert_refused("of chunk 1 is not what its record says");
    spoil.without_frame = 3;
    assert_refused("the number of bytes of chunk 3");
    spoil.twice = 1;
    assert_refused("the number of bytes of chunk 1");
}

static void split_record(struct archive_record *record)
{
    const struct part both = {"1\tone\n2\ttwo\n1\tone\n2\ttwo\n", 0, 10};

    *record = record_of(&both);
}

static void a_chunk_of_two_frames_is_refused(void **state)
{
    (void)state;
    spoil.twice = 1;
    spoil.record = split_record;
    assert_refused("the number of frames of chunk 1");
}

static void records_that_are_lost_are_found(void **state)
{
    (void)state;
    spoil.without_record = 1;
    assert_refused("the number of bytes of chunk 1");
    spoil.without_record = 2;
    assert_refused("the pages of chunk 2");
    spoil.without_record = 3;
    assert_refused("behind the last chunk record is something else than the rows' end mark");
}

static void chunks_that_are_swapped_or_lost_with_their_records_are_found(void **state)
{
    (void)state;
    spoil.swap_parts = true;
    assert_refused("the pages of chunk 1");
    spoil.without_part = 1;
    assert_refused("the pages of chunk 1");
    spoil.without_part = 2;
    assert_refused("the pages of chunk 2");
    spoil.without_part = 3;
    assert_refused("its chunks do not reach the table's end");
}

static void rows_end_with_the_end_mark_alone(void **state)
{
    static const char *const ends[] = {"", "\\.\n\n", "\\.\n\n\n\n", "\\.\n\n\r", "4\n\\.\n\n\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        spoil.end = ends[i];
        assert_refused("something else than the rows' end mark");
    }
    spoil.end = "\\.\n";
    spoil.more_end = "\n\n";
    assert_refused("something else than the rows' end mark");
}

static void all_records_lost_is_data_without_a_record(void **state)
{
    (void)state;
    spoil.no_key = true;
    assert_refused("data block 2 (passed): the archive is damaged: there is data without");
}

static void records_of_rows_do_not_stand_among_bytes(void **state)
{
    (void)state;
    spoil.rows_among_bytes = true;
    assert_refused("data block 3 (inserts): the archive is damaged: the kind of chunk 1");
}

static void blocks_that_are_lost_doubled_or_moved_are_found(void **state)
{
    (void)state;
    spoil.without_block = PASSED;
    assert_refused("data block 2 (passed) is missing");
    spoil.block_twice = PASSED;
    assert_refused("data block 2 is there twice");
    spoil.swap_blocks = true;
    assert_refused("data block 1 does not stand in the order of the table of contents");
}

static void blocks_that_do_not_fit_their_entries_are_found(void **state)
{
    (void)state;
    spoil.no_dumper = true;
    assert_refused("data block 3 belongs to an entry that has no data");
    spoil.objects_desc = "TABLE DATA";
    assert_refused("data block 4 is not of its entry's kind");
}

static void lose_block(struct archive_summary *s)
{
    s->n--;
}

static void sum_id(struct archive_summary *s)
{
    s->blocks[1].dump_id = 5;
}

static void sum_rows(struct archive_summary *s)
{
    s->blocks[1].rows--;
}

static void sum_objects(struct archive_summary *s)
{
    s->blocks[3].rows++;
}

static void sum_bytes(struct archive_summary *s)
{
    s->blocks[1].bytes++;
}

static void sum_chunks(struct archive_summary *s)
{
    s->blocks[1].chunks++;
}

static void sum_hash_low(struct archive_summary *s)
{
    s->blocks[1].hash.low ^= 1;
}

static void sum_hash_high(struct archive_summary *s)
{
    s->blocks[1].hash.high ^= 1;
}

static void every_field_of_the_summary_matters(void **state)
{
    static void (*const changes[])(struct archive_summary *) = {
        sum_id, sum_rows, sum_bytes, sum_chunks, sum_hash_low, sum_hash_high};

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        spoil.sum = changes[i];
        assert_refused("data block 2 is not what the summary says");
    }
    spoil.sum = sum_objects;
    assert_refused("data block 4 is not what the summary says");
    spoil.sum = lose_block;
    assert_refused("it has 4 data blocks, and its summary 3");
    spoil.summary = "dynodrop 1\n";
    assert_refused("its summary cannot be read");
}

static void the_preamble_comes_first_and_the_summary_last(void **state)
{
    (void)state;
    spoil.no_summary = true;
    assert_refused("its summary is missing");
    spoil.no_preamble = true;
    assert_refused("it has a summary and no preamble");
    spoil.late_preamble = true;
    assert_refused("its preamble is not its first block");
    spoil.early_summary = true;
    assert_refused("behind its summary is data block 4");
    spoil.more_behind = true;
    assert_refused("behind its summary is data block 2000000002");
}

static void a_drop_of_a_later_version_takes_a_newer_dynodrop(void **state)
{
    (void)state;
    spoil.preamble = "dynodrop 2\n";
    assert_refused("it takes a newer dynodrop");
    spoil.preamble = "dynodrop 1\nprogram p\n";
    assert_refused("its preamble cannot be read");
}

static void a_plain_archive_has_no_preamble(void **state)
{
    (void)state;
    spoil.plain = true;
    assert_refused("it has a preamble and is not compressed");
}

/* An archive of one table in one chunk of these rows, which is one frame over so many pieces. */
static void make_one(const char *text, size_t len, size_t pieces)
{
    const struct archive_header header = {.minor = 16, .compression = ARCHIVE_ZSTD};
    const struct archive_block block = {.kind = ARCHIVE_BLOCK_ROWS, .dump_id = ROWS};
    struct archive_record record;
    struct toc toc = {0};
    size_t frame_len = 0;
    char *frame = pieces > 0 ? compressed(text, len, &frame_len) : NULL;
    const struct part part = {text, 0, ARCHIVE_PAGE_END};

    add_table(&toc, ROWS, "rows");
    w = archive_writer_new(memory_writer(&made), &header, &toc, 3);
    assert_non_null(w);
    put_preamble();
    assert_int_equal(archive_writer_begin_block(w, &block), 0);
    for (size_t at = 0, step = pieces > 0 ? frame_len / pieces + 1 : 0; at < frame_len;
         at += step) {
        size_t n = at + step < frame_len ? step : frame_len - at;

        assert_int_equal(archive_writer_begin_piece(w, n), 0);
        assert_int_equal(archive_writer_put_piece(w, frame + at, n), 0);
    }
    record = record_of(&part);
    assert_int_equal(archive_writer_put_record(w, &record), 0);
    assert_int_equal(archive_writer_end_rows(w), 0);
    assert_int_equal(archive_summary_add(&summary, archive_writer_block_sum(w)), 0);
    put_summary();
    assert_int_equal(archive_writer_finish(w), 0);
    archive_writer_free(w);
    toc_free(&toc);
    free(frame);
}

static void a_row_longer_than_any_buffer_is_checked(void **state)
{
    size_t len = 3 * 1024 * 1024;
    char *text = malloc(len + 1);
    uint32_t noise = 1;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < len; i++) {
        noise = noise * 1664525 + 1013904223;
        text[i] = (char)('a' + (noise >> 24) % 26);
    }
    text[5] = text[len - 20] = text[len - 1] = '\n';
    text[len] = '\0';
    make_one(text, len, 40);
    assert_good();
    free(text);
}

static void a_table_without_rows_has_a_record_and_no_frame(void **state)
{
    (void)state;
    make_one("", 0, 0);
    assert_good();
}

static void a_chunk_that_ends_within_a_row_is_refused(void **state)
{
    struct archive_checked checked;
    struct told told;

    (void)state;
    make_one("1\n2", 3, 1);
    assert_int_equal(check_made(&checked, &told), -1);
    assert_error_has("chunk 1 ends within a row");
}

/* Flips each bit of the first chunk's record where the archive holds it. */
static void any_bit_of_a_record_matters_but_the_spare_ones(void **state)
{
    unsigned char bytes[ARCHIVE_RECORD_SIZE];
    const struct archive_record record = record_of(&parts[0]);
    struct archive_checked checked;
    struct told told;
    size_t at = 0;

    (void)state;
    make();
    archive_record_encode(&record, bytes);
    while (memcmp(made.data + at, bytes, sizeof(bytes)) != 0)
        assert_true(++at + sizeof(bytes) < made.len);
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bool spare = bit / 8 == 14 || bit / 8 == 15 || bit / 8 >= 56;

        made.data[at + bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (check_made(&checked, &told) != (spare ? 0 : -1))
            fail_msg("bit %zu", bit);
        made.data[at + bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

/* What `open` makes of a drop: without its own blocks; with records, unless it decompresses. */
static void copying_leaves_the_drops_own_blocks_out(void **state)
{
    static const enum archive_compression compressions[] = {ARCHIVE_PLAIN, ARCHIVE_ZSTD};

    (void)state;
    make();
    for (size_t i = 0; i < 2; i++) {
        struct memory source = {.data = made.data, .len = made.len}, target = {0}, whole = made;
        struct archive_reader *r = archive_reader_new(memory_reader(&source));
        struct archive_header header;
        struct archive_checked checked;
        struct told told;

        assert_non_null(r);
        header = *archive_reader_header(r);
        header.compression = compressions[i];
        w = archive_writer_new(memory_writer(&target), &header, archive_reader_toc(r), 3);
        assert_non_null(w);
        assert_int_equal(i == 0 ? archive_copy(r, w, NULL) : archive_copy_pieces(r, w), 0);
        archive_writer_free(w);
        archive_reader_free(r);
        made = target;
        assert_int_equal(check_made(&checked, &told), 0);
        assert_true(checked.structure_only);
        assert_int_equal(checked.rows, 5);
        assert_int_equal(checked.bytes, 17 + 5 + 9 + 26 + 18);
        free(made.data);
        made = whole;
    }
}

static void note_program(void *self, const struct archive_preamble *preamble)
{
    int *told = self;

    assert_string_equal(preamble->program, "dynodrop/test");
    *told += 1;
}

static void count_nothing(void *self, const struct toc_entry *entry,
                          const struct archive_count *counted)
{
    (void)self;
    (void)entry;
    (void)counted;
}

static void copying_tells_of_the_preamble(void **state)
{
    int told = 0;
    const struct archive_observer observer = {
        .preamble = note_program, .counted = count_nothing, .self = &told};
    struct archive_reader *r;

    (void)state;
    make();
    r = archive_reader_new(memory_reader(&made));
    assert_non_null(r);
    assert_int_equal(archive_copy(r, NULL, &observer), 0);
    assert_int_equal(told, 1);
    archive_reader_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_archive_is_counted_block_by_block),
        TEST(a_good_archive_is_taken_through_small_reads),
        TEST(without_a_preamble_only_the_structure_is_checked),
        TEST(records_without_a_preamble_are_passed_over),
        TEST(every_field_of_a_record_of_rows_matters),
        TEST(every_field_of_a_record_of_bytes_matters),
        TEST(any_bit_of_a_record_matters_but_the_spare_ones),
        TEST(the_error_names_the_block),
        TEST(frames_that_are_swapped_lost_or_doubled_are_found),
        TEST(a_chunk_of_two_frames_is_refused),
        TEST(records_that_are_lost_are_found),
        TEST(chunks_that_are_swapped_or_lost_with_their_records_are_found),
        TEST(rows_end_with_the_end_mark_alone),
        TEST(all_records_lost_is_data_without_a_record),
        TEST(records_of_rows_do_not_stand_among_bytes),
        TEST(blocks_that_are_lost_doubled_or_moved_are_found),
        TEST(blocks_that_do_not_fit_their_entries_are_found),
        TEST(every_field_of_the_summary_matters),
        TEST(the_preamble_comes_first_and_the_summary_last),
        TEST(a_drop_of_a_later_version_takes_a_newer_dynodrop),
        TEST(a_plain_archive_has_no_preamble),
        TEST(a_row_longer_than_any_buffer_is_checked),
        TEST(a_table_without_rows_has_a_record_and_no_frame),
        TEST(a_chunk_that_ends_within_a_row_is_refused),
        TEST(copying_leaves_the_drops_own_blocks_out),
        TEST(copying_tells_of_the_preamble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
