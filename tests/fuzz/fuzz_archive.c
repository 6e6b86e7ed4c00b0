/*
 * An archive. Changed at random nearly every one would fail in its header, so besides reading the
 * input as an archive itself, a good one with all kinds of blocks is altered as the input tells:
 * three bytes for each change, where and what to flip.
 */
#include "archive/check.h"
#include "archive/copy.h"
#include "base/buf.h"
#include "fuzz.h"

#define ROWS    1
#define COPIED  2
#define OBJECTS 3

static const unsigned char key[SETHASH_KEY_SIZE] = "key of the rows";
static struct buf good;

static int add(void *self, const void *data, size_t len)
{
    return buf_add(self, data, len);
}

static int drop(void *self, const void *data, size_t len)
{
    (void)self;
    (void)data;
    (void)len;
    return 0;
}

static void fill_toc(struct toc *toc)
{
    for (int id = ROWS; id <= OBJECTS; id++) {
        struct toc_entry *e = toc_append(toc);

        always(e != NULL);
        e->dump_id = id;
        e->had_dumper = true;
        e->data_state = WIRE_OFFSET_UNKNOWN;
        e->desc = strdup(id == OBJECTS ? "BLOBS" : "TABLE DATA");
        e->tag = strdup("t");
        e->copy_stmt = strdup("COPY t FROM stdin;\n");
        always(e->desc != NULL && e->tag != NULL && e->copy_stmt != NULL);
    }
}

/* Two empty chunks: the input then changes one's record into something else. */
static void put_chunks(struct archive_writer *w)
{
    struct archive_record record = {.kind = ARCHIVE_RECORD_ROWS, .end_page = 1};

    always(archive_writer_put_record(w, &record) == 0);
    record.first_page = 1;
    record.end_page = ARCHIVE_PAGE_END;
    always(archive_writer_put_record(w, &record) == 0);
    always(archive_writer_end_rows(w) == 0);
}

static void put_block(struct archive_writer *w, int id, struct archive_summary *summary)
{
    const struct archive_block block = {
        .kind = id == OBJECTS ? ARCHIVE_BLOCK_LARGE_OBJECTS : ARCHIVE_BLOCK_ROWS, .dump_id = id};

    always(archive_writer_begin_block(w, &block) == 0);
    if (id == ROWS) {
        put_chunks(w);
    } else {
        if (id == OBJECTS)
            always(archive_writer_begin_large_object(w, 7) == 0);
        always(archive_writer_put(w, "1\n\\.\n\n\n", 7) == 0);
        always(archive_writer_end_data(w) == 0);
        if (id == OBJECTS)
            always(archive_writer_end_large_objects(w) == 0);
        else
            archive_writer_add_rows(w, 1);
    }
    always(archive_summary_add(summary, archive_writer_block_sum(w)) == 0);
}

static void put_archive(struct archive_writer *w)
{
    static char program[] = "fuzz";
    struct archive_preamble preamble = {.program = program};
    struct archive_summary summary = {0};
    struct buf text = {0};

    memcpy(preamble.key, key, sizeof(key));
    archive_writer_set_key(w, key);
    always(archive_preamble_format(&preamble, &text) == 0);
    always(archive_writer_put_text_block(w, ARCHIVE_PREAMBLE_ID, text.data) == 0);
    for (int id = ROWS; id <= OBJECTS; id++)
        put_block(w, id, &summary);
    text.len = 0;
    always(archive_summary_format(&summary, &text) == 0);
    always(archive_writer_put_text_block(w, ARCHIVE_SUMMARY_ID, text.data) == 0);
    always(archive_writer_finish(w) == 0);
    archive_summary_free(&summary);
    buf_free(&text);
}

/* Checks the archive, or -1. */
static int check(const void *data, size_t len, size_t step)
{
    struct fuzz_input input = {.data = data, .len = len, .step = step};
    struct archive_reader *r = archive_reader_new(fuzz_reader(&input));
    struct archive_checked checked;
    int rc = r != NULL ? archive_check(r, NULL, &checked) : -1;

    archive_reader_free(r);
    return rc;
}

/* What open and list do. Returns 0, or -1. */
static int copy(const void *data, size_t len, bool pieces)
{
    struct fuzz_input input = {.data = data, .len = len, .step = SIZE_MAX};
    struct archive_reader *r = archive_reader_new(fuzz_reader(&input));
    struct archive_header header;
    struct archive_writer *w;
    int rc = -1;

    if (r == NULL)
        return -1;
    header = *archive_reader_header(r);
    if (!pieces)
        header.compression = ARCHIVE_PLAIN;
    w = archive_writer_new((struct writer){.write = drop}, &header, archive_reader_toc(r), 1);
    if (w != NULL)
        rc = pieces ? archive_copy_pieces(r, w) : archive_copy(r, w, NULL);
    archive_writer_free(w);
    archive_reader_free(r);
    return rc;
}

static void prepare(void)
{
    const struct archive_header header = {.minor = 16, .compression = ARCHIVE_ZSTD};
    struct toc toc = {0};
    struct archive_writer *w;

    fill_toc(&toc);
    w = archive_writer_new((struct writer){.write = add, .self = &good}, &header, &toc, 1);
    always(w != NULL);
    put_archive(w);
    archive_writer_free(w);
    toc_free(&toc);
    always(check(good.data, good.len, SIZE_MAX) == 0 && copy(good.data, good.len, false) == 0);
}

/* What passes the check can be read in every other way. */
static void read_all(const void *data, size_t len)
{
    int checked = check(data, len, SIZE_MAX);

    always(check(data, len, 5) == checked);
    if (checked == 0)
        always(copy(data, len, false) == 0 && copy(data, len, true) == 0);
    else
        (void)(copy(data, len, false) + copy(data, len, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *altered;

    if (good.len == 0)
        prepare();
    read_all(data, len);
    altered = malloc(good.len);
    always(altered != NULL);
    memcpy(altered, good.data, good.len);
    for (size_t at = 0; at + 3 <= len; at += 3)
        altered[((size_t)data[at] << 8 | data[at + 1]) % good.len] ^= data[at + 2];
    read_all(altered, good.len);
    free(altered);
    return 0;
}
