#include "archive/chunks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/content.h"
#include "archive/rows.h"
#include "base/error.h"

#define BUFFER (64 * 1024)

/* What stands behind the last record. */
struct chunk {
    uint64_t first_frame; /* how many frames had ended before it */
    uint64_t bytes;
    struct content lines;   /* its lines as rows, */
    struct sethash set;     /* and their hash */
    struct sethash_row all; /* everything as one row */
    char begin[ROWS_TAIL];  /* its first bytes: enough to know the end mark */
};

struct archive_chunks {
    struct archive_decoder *decoder;
    bool with_records;
    bool with_content;
    unsigned char key[SETHASH_KEY_SIZE];
    struct archive_block_sum *sum;
    uint64_t n;                    /* records of this data */
    enum archive_record_kind kind; /* theirs; 0 while there is none */
    bool may_be_rows;
    uint32_t page; /* where the next chunk of rows has to begin */
    struct chunk chunk;
    struct content content; /* of all the data, where it is not chunks of rows */
    char buffer[BUFFER];
};

static void begin_chunk(struct archive_chunks *c)
{
    c->chunk = (struct chunk){.first_frame = archive_decoder_frames(c->decoder)};
    content_begin_text(&c->chunk.lines, c->key, &c->chunk.set);
    sethash_row_begin(&c->chunk.all, c->key);
}

/* The record tells only behind the bytes how they are to be hashed: the first time it is done in
 * both ways. */
static void add_bytes(struct archive_chunks *c, const char *data, size_t len)
{
    struct chunk *chunk = &c->chunk;

    if (chunk->bytes < ROWS_TAIL)
        memcpy(chunk->begin + chunk->bytes, data,
               len < ROWS_TAIL - chunk->bytes ? len : ROWS_TAIL - (size_t)chunk->bytes);
    chunk->bytes += len;
    if (c->may_be_rows && c->kind != ARCHIVE_RECORD_BYTES)
        content_add(&chunk->lines, data, len);
    if (c->kind != ARCHIVE_RECORD_ROWS)
        sethash_row_put(&chunk->all, data, len);
}

static int mismatch(const struct archive_chunks *c, const char *what)
{
    return error_set("the archive is damaged: %s of chunk %" PRIu64 " is not what its record says",
                     what, c->n);
}

static int check_rows(struct archive_chunks *c, const struct archive_record *record)
{
    const struct chunk *chunk = &c->chunk;

    if (chunk->lines.in_row)
        return error_set("the archive is damaged: chunk %" PRIu64 " ends within a row", c->n);
    if (record->rows != chunk->lines.lines)
        return mismatch(c, "the number of rows");
    if (!sethash_equal(&record->hash, &chunk->set))
        return mismatch(c, "the hash");
    if (record->first_page != c->page || record->end_page <= record->first_page)
        return error_set("the archive is damaged: the pages of chunk %" PRIu64
                         " are not those behind the chunk before it",
                         c->n);
    c->page = record->end_page;
    return 0;
}

static int check_bytes(struct archive_chunks *c, const struct archive_record *record)
{
    struct sethash hash = {0};

    sethash_row_end(&c->chunk.all, &hash);
    if (!sethash_equal(&record->hash, &hash))
        return mismatch(c, "the hash");
    if (record->rows != 0 || record->first_page != 0 || record->end_page != 0)
        return mismatch(c, "the kind");
    return 0;
}

static int check_record(void *self, const struct archive_record *record)
{
    struct archive_chunks *c = self;
    uint64_t frames = archive_decoder_frames(c->decoder) - c->chunk.first_frame;
    int rc;

    c->n++;
    if (record->kind == ARCHIVE_RECORD_ROWS ? !c->may_be_rows || c->kind == ARCHIVE_RECORD_BYTES
                                            : c->kind == ARCHIVE_RECORD_ROWS)
        return mismatch(c, "the kind");
    c->kind = record->kind;
    if (record->bytes != c->chunk.bytes)
        return mismatch(c, "the number of bytes");
    if (frames != (record->bytes > 0))
        return mismatch(c, "the number of frames");
    rc = record->kind == ARCHIVE_RECORD_ROWS ? check_rows(c, record) : check_bytes(c, record);
    if (rc != 0)
        return -1;
    archive_block_sum_add_hash(c->sum, record);
    begin_chunk(c);
    return 0;
}

/* Whether what stands behind the last record may stand there. */
static int check_end(const struct archive_chunks *c)
{
    const struct chunk *rest = &c->chunk;
    const size_t mark = strlen(ARCHIVE_ROWS_END);
    uint64_t frames = archive_decoder_frames(c->decoder) - rest->first_frame;

    if (c->kind != ARCHIVE_RECORD_ROWS)
        return rest->bytes == 0 && frames == 0
                   ? 0
                   : error_set("the archive is damaged: there is data without a chunk record");
    if (rest->bytes != mark || memcmp(rest->begin, ARCHIVE_ROWS_END, mark) != 0 || frames != 1)
        return error_set("the archive is damaged: behind the last chunk record is something else "
                         "than the rows' end mark");
    if (c->page != ARCHIVE_PAGE_END)
        return error_set("the archive is damaged: its chunks do not reach the table's end");
    return 0;
}

struct archive_chunks *archive_chunks_new(struct archive_decoder *d)
{
    struct archive_chunks *c = calloc(1, sizeof(*c));

    if (c == NULL)
        error_set("out of memory");
    else
        c->decoder = d;
    return c;
}

void archive_chunks_free(struct archive_chunks *c)
{
    free(c);
}

void archive_chunks_set_key(struct archive_chunks *c, const unsigned char key[SETHASH_KEY_SIZE])
{
    memcpy(c->key, key, sizeof(c->key));
    c->with_records = true;
}

void archive_chunks_hash_content(struct archive_chunks *c)
{
    c->with_content = true;
}

/* Reads the data to its end. Returns 0, or -1 with the error set. */
static int read_data(struct archive_chunks *c, struct row_count *rows)
{
    struct reader plain = archive_decoder_output(c->decoder);
    ssize_t n;

    while ((n = plain.read(plain.self, c->buffer, sizeof(c->buffer))) > 0) {
        row_count_add(rows, c->buffer, (size_t)n);
        c->sum->bytes += (uint64_t)n;
        if (c->with_content && c->kind != ARCHIVE_RECORD_ROWS)
            content_add(&c->content, c->buffer, (size_t)n);
        if (c->with_records)
            add_bytes(c, c->buffer, (size_t)n);
    }
    return (int)n;
}

static void begin_content(struct archive_chunks *c, const struct archive_chunks_data *data,
                          struct sethash *set)
{
    if (data->is_object)
        content_begin_object(&c->content, c->key, data->oid, set);
    else
        content_begin_text(&c->content, c->key, set);
}

int archive_chunks_check(struct archive_chunks *c, const struct archive_chunks_data *data,
                         struct archive_block_sum *sum)
{
    const struct archive_record_observer observer = {.met = check_record, .self = c};
    struct sethash content = {0};
    struct row_count count;
    int rc;

    c->sum = sum;
    c->n = 0;
    c->kind = 0;
    c->may_be_rows = data->is_rows;
    c->page = 0;
    begin_chunk(c);
    begin_content(c, data, &content);
    row_count_begin(&count);
    if (c->with_records)
        archive_decoder_observe_records(c->decoder, observer);
    rc = read_data(c, &count);
    archive_decoder_observe_records(c->decoder, (struct archive_record_observer){0});
    if (rc == 0 && c->with_records)
        rc = check_end(c);
    content_end(&c->content);
    if (c->with_content && c->kind != ARCHIVE_RECORD_ROWS)
        sethash_join(&sum->content, &content);
    if (data->is_rows)
        sum->rows += row_count_rows(&count);
    return rc;
}
