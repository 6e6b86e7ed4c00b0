#include "flow/compose.h"

#include <stdlib.h>
#include <string.h>

#include "archive/copy.h"
#include "base/error.h"

struct composing {
    const struct compose *with;
    struct archive_writer *writer;
    struct compose_result *result;
    size_t next_chunk;
};

/* Passes the pieces of one chunk on. */
static int put_chunk(struct composing *c)
{
    struct archive_record record;
    unsigned char *piece;
    size_t len;
    int more = 0, rc = 0;

    while (rc == 0 && (more = window_next(c->with->window, &piece, &len, &record)) > 0) {
        rc = archive_writer_begin_piece(c->writer, len);
        if (rc == 0)
            rc = archive_writer_put_piece(c->writer, piece, len);
        free(piece);
    }
    if (rc != 0 || more < 0)
        return -1;
    return archive_writer_put_record(c->writer, &record);
}

/* The rows that workers read. */
static int put_taken(struct composing *c, const struct toc_entry *e, size_t table)
{
    const struct plan *plan = c->with->plan;
    const struct archive_block block = {.kind = ARCHIVE_BLOCK_ROWS, .dump_id = e->dump_id};

    if (archive_writer_begin_block(c->writer, &block) != 0)
        return -1;
    for (; c->next_chunk < plan->n && plan->chunks[c->next_chunk].table == table; c->next_chunk++)
        if (put_chunk(c) != 0)
            return -1;
    return archive_writer_end_rows(c->writer);
}

/*
 * Steps to pg_dump's next block that is not to be passed over, and finds its entry in pg_dump's
 * table of contents. Returns 1, 0 at the end, -1 with the error set.
 */
static int next_rest(struct archive_reader *rest, struct archive_block *block,
                     const struct toc_entry **entry)
{
    int more;

    while ((more = rest != NULL ? archive_reader_next_block(rest, block) : 0) > 0) {
        *entry = toc_find(archive_reader_toc(rest), block->dump_id);
        if (*entry == NULL)
            return error_set("pg_dump wrote data that it does not list");
        if ((*entry)->had_dumper)
            return 1;
        if (archive_reader_skip_data(rest) != 0)
            return -1;
    }
    return more;
}

/* What pg_dump wrote: its next block must be this entry's. */
static int put_rest(struct composing *c, const struct toc_entry *e)
{
    struct archive_reader *rest = c->with->capture->rest;
    struct archive_block block;
    struct archive_count count;
    const struct toc_entry *its;
    int more = next_rest(rest, &block, &its);

    if (more < 0)
        return -1;
    if (more == 0 || !capture_is_same(e, its))
        return error_set("pg_dump did not write the data of %s %s where it lists it: try again, "
                         "and with another version of pg_dump",
                         e->desc, e->tag);
    return archive_copy_block(rest, &block, c->writer, e->dump_id, &count);
}

static int put_entry(struct composing *c, const struct toc_entry *e, size_t *next_table)
{
    const struct archive_block_sum *sum;
    size_t table = *next_table;
    bool taken = capture_has_taken(c->with->capture, e, next_table);

    if (!e->had_dumper)
        return 0;
    meter_table(c->with->meter, e->schema, e->tag);
    if ((taken ? put_taken(c, e, table) : put_rest(c, e)) != 0)
        return -1;
    sum = archive_writer_block_sum(c->writer);
    if (toc_entry_is(e, "TABLE DATA")) {
        c->result->tables++;
        c->result->rows += sum->rows;
    }
    c->result->raw_bytes += sum->bytes;
    return archive_summary_add(&c->result->summary, sum);
}

static int put_preamble(struct composing *c)
{
    struct buf text = {0};
    int rc = archive_preamble_format(c->with->preamble, &text);

    if (rc == 0)
        rc = archive_writer_put_text_block(c->writer, ARCHIVE_PREAMBLE_ID, text.data);
    buf_free(&text);
    return rc;
}

static int put_summary(struct composing *c)
{
    struct buf text = {0};
    int rc = archive_summary_format(&c->result->summary, &text);

    if (rc == 0)
        rc = archive_writer_put_text_block(c->writer, ARCHIVE_SUMMARY_ID, text.data);
    buf_free(&text);
    return rc;
}

/* pg_dump must have nothing more to say. */
static int check_end(struct archive_reader *rest)
{
    struct archive_block block;
    const struct toc_entry *its;
    int more = next_rest(rest, &block, &its);

    return more > 0 ? error_set("pg_dump wrote more data than its table of contents lists") : more;
}

static int put_blocks(struct composing *c)
{
    const struct toc *toc = archive_reader_toc(c->with->capture->contents);
    size_t next_table = 0;

    if (put_preamble(c) != 0)
        return -1;
    for (size_t i = 0; i < toc->n; i++)
        if (put_entry(c, &toc->entries[i], &next_table) != 0)
            return -1;
    meter_table(c->with->meter, NULL, NULL);
    if (check_end(c->with->capture->rest) != 0 || put_summary(c) != 0)
        return -1;
    return archive_writer_finish(c->writer);
}

int compose_archive(const struct compose *with, struct writer out, struct compose_result *result)
{
    struct archive_header header = *archive_reader_header(with->capture->contents);
    struct composing c = {.with = with, .result = result};
    int rc;

    *result = (struct compose_result){0};
    header.compression = ARCHIVE_ZSTD;
    if (header.minor < ARCHIVE_MINOR_ZSTD) {
        header.minor = ARCHIVE_MINOR_ZSTD;
        header.revision = 0;
    }
    c.writer =
        archive_writer_new(out, &header, archive_reader_toc(with->capture->contents), with->level);
    if (c.writer == NULL)
        return -1;
    archive_writer_set_key(c.writer, with->preamble->key);
    if (with->content)
        archive_writer_hash_content(c.writer);
    rc = put_blocks(&c);
    archive_writer_free(c.writer);
    return rc;
}
