#include "flow/distribute.h"

#include <stdlib.h>
#include <string.h>

#include "archive/blocks.h"
#include "archive/copy.h"
#include "archive/decode.h"
#include "archive/record.h"
#include "archive/rows.h"
#include "archive/text.h"
#include "base/error.h"

/* What loaders get at a time, at most, in bytes. */
#define PART (256 * 1024)

/* A table's block on its way to the loaders. */
struct table_block {
    struct distribute *d;
    size_t table;
    bool is_open; /* a chunk has begun and not ended */
    bool refused; /* the table's rows are not wanted any more */
    struct archive_record last;
    struct archive_block_sum sum; /* of the records */
};

int distribute_begin(struct distribute *d)
{
    d->more = archive_reader_next_block(d->archive, &d->block);
    if (d->more < 0)
        return -1;
    d->has_records = d->more > 0 && d->block.dump_id == ARCHIVE_PREAMBLE_ID &&
                     archive_reader_header(d->archive)->compression == ARCHIVE_ZSTD;
    return 0;
}

/* Reads the next part of a piece. Returns it, allocated, with its length; NULL with the error set.
 */
static unsigned char *read_part(struct archive_reader *archive, size_t left, size_t *len)
{
    const size_t size = left < PART ? left : PART;
    unsigned char *part = malloc(size);

    if (part == NULL) {
        error_set("out of memory");
        return NULL;
    }
    for (*len = 0; *len < size;) {
        ssize_t n = archive_reader_read_piece(archive, part + *len, size - *len);

        if (n < 0) {
            free(part);
            return NULL;
        }
        *len += (size_t)n;
    }
    return part;
}

/* A record ends a chunk of rows. Behind a chunk of bytes the next one goes on where it has ended,
 * and both are loaded as one. */
static int take_record(struct table_block *t, const struct archive_record *record)
{
    archive_block_sum_add(&t->sum, record);
    t->last = *record;
    if (!t->is_open || record->kind != ARCHIVE_RECORD_ROWS)
        return 0;
    t->is_open = false;
    return queue_end(t->d->queue, record);
}

/* Takes over the part. */
static int put_part(struct table_block *t, unsigned char *part, size_t len)
{
    if (!t->is_open) {
        t->refused = queue_is_refused(t->d->queue, t->table);
        if (!t->refused && queue_begin(t->d->queue, t->table) != 0) {
            free(part);
            return -1;
        }
        t->is_open = !t->refused;
    }
    if (t->refused) {
        free(part);
        return 0;
    }
    return queue_put(t->d->queue, part, len);
}

/* Whether a piece is a record, or another frame that is passed over; then it is done with. Returns
 * 1, 0, or -1 with the error set. */
static int take_skippable(struct table_block *t, const unsigned char *part, size_t len)
{
    struct archive_record record;
    int known;

    if (!archive_record_begins(part, len))
        return 0;
    known = archive_record_decode(&record, part, len);
    if (known > 0 && take_record(t, &record) != 0)
        return -1;
    return known < 0 ? -1 : 1;
}

static int take_piece(struct table_block *t, size_t left)
{
    const bool may_be_record = left == ARCHIVE_RECORD_SIZE;

    while (left > 0) {
        size_t len;
        unsigned char *part = read_part(t->d->archive, left, &len);
        int rc;

        if (part == NULL)
            return -1;
        left -= len;
        rc = may_be_record ? take_skippable(t, part, len) : 0;
        if (rc != 0)
            free(part);
        else
            rc = put_part(t, part, len);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Ends the chunk that has no record of rows: the rows' end mark, or all of what pg_dump wrote. */
static int end_rest(struct table_block *t)
{
    const bool is_mark = t->last.kind == ARCHIVE_RECORD_ROWS;

    if (is_mark) {
        t->last = (struct archive_record){0};
        t->sum.bytes += strlen(ARCHIVE_ROWS_END);
        t->sum.of_rows = true;
    }
    return t->is_open ? queue_end(t->d->queue, &t->last) : 0;
}

static int put_rows(struct distribute *d, size_t table)
{
    struct table_block t = {.d = d, .table = table, .sum = {.dump_id = d->block.dump_id}};
    size_t len;
    int more;

    while ((more = archive_reader_next_piece(d->archive, &len)) > 0)
        if (take_piece(&t, len) != 0)
            return -1;
    if (more < 0 || end_rest(&t) != 0)
        return -1;
    return archive_summary_add(&d->found, &t.sum);
}

static int copy_block(struct distribute *d)
{
    struct archive_block_sum sum = {.dump_id = d->block.dump_id};
    struct archive_count count;

    if (archive_copy_block(d->archive, &d->block, d->writer, d->block.dump_id, &count) != 0)
        return -1;
    sum.rows = count.rows + count.large_objects; /* one of them is 0 */
    sum.bytes = count.bytes;
    meter_read(d->meter, count.rows, count.bytes);
    return archive_summary_add(&d->found, &sum);
}

static int pass_over(struct distribute *d)
{
    unsigned oid;
    int more = 0;

    if (d->block.kind == ARCHIVE_BLOCK_ROWS)
        return archive_reader_skip_data(d->archive);
    while ((more = archive_reader_next_large_object(d->archive, &oid)) > 0)
        if (archive_reader_skip_data(d->archive) != 0)
            return -1;
    return more;
}

static const struct route *route_of(const struct distribute *d, const struct toc_entry *e)
{
    return &d->routes[e - d->toc->entries];
}

static int take_block(struct distribute *d, struct archive_blocks *blocks)
{
    const struct toc_entry *e = archive_blocks_take(blocks, &d->block);

    if (e == NULL)
        return -1;
    switch (route_of(d, e)->kind) {
    case ROUTE_LOADERS:
        meter_table(d->meter, e->schema, e->tag);
        return put_rows(d, route_of(d, e)->table);
    case ROUTE_PG_RESTORE:
        meter_table(d->meter, e->schema, e->tag);
        return copy_block(d);
    case ROUTE_NOWHERE:
        return pass_over(d);
    }
    return 0;
}

/* Whether a block that was found is what the summary has of it. Of one for pg_restore the records
 * were not looked at; of one that pg_dump wrote they do not tell the rows. */
static bool is_same(const struct distribute *d, const struct archive_block_sum *found,
                    const struct archive_block_sum *said)
{
    const struct toc_entry *e = toc_find(d->toc, found->dump_id);

    if (found->bytes != said->bytes)
        return false;
    if (route_of(d, e)->kind == ROUTE_PG_RESTORE)
        return found->rows == said->rows;
    return found->chunks == said->chunks && sethash_equal(&found->hash, &said->hash) &&
           (!found->of_rows || found->rows == said->rows);
}

/* Both have the archive's order. */
static int compare(const struct distribute *d, const struct archive_summary *said)
{
    size_t at = 0;

    for (size_t i = 0; i < d->found.n; i++) {
        const struct archive_block_sum *found = &d->found.blocks[i];

        while (at < said->n && said->blocks[at].dump_id != found->dump_id)
            at++;
        if (at == said->n || !is_same(d, found, &said->blocks[at]))
            return error_set("the archive is damaged: data block %d is not what the summary says",
                             found->dump_id);
    }
    return 0;
}

static int check_summary(struct distribute *d)
{
    struct archive_decoder *decoder = archive_decoder_new(d->archive);
    struct archive_summary said = {0};
    int rc = decoder != NULL ? archive_text_read_summary(decoder, &said) : -1;

    if (rc == 0)
        rc = compare(d, &said);
    archive_summary_free(&said);
    archive_decoder_free(decoder);
    return rc;
}

static int take_blocks(struct distribute *d, struct archive_blocks *blocks)
{
    bool ended = false; /* by the summary */

    for (; d->more > 0 && !ended; d->more = archive_reader_next_block(d->archive, &d->block)) {
        int rc;

        ended = d->block.dump_id == ARCHIVE_SUMMARY_ID;
        if (ended)
            rc = check_summary(d);
        else if (archive_text_is(&d->block))
            rc = pass_over(d);
        else
            rc = take_block(d, blocks);
        if (rc != 0)
            return -1;
    }
    if (d->more > 0)
        return error_set("the archive is damaged: behind its summary is data block %d",
                         d->block.dump_id);
    if (d->more < 0 || archive_blocks_check_all(blocks) != 0)
        return -1;
    if (d->has_records && !ended)
        return error_set("the archive is damaged: its summary is missing");
    return 0;
}

int distribute_run(struct distribute *d)
{
    struct archive_blocks blocks;
    int rc = archive_blocks_init(&blocks, d->toc);

    if (rc == 0)
        rc = take_blocks(d, &blocks);
    archive_blocks_clear(&blocks);
    if (rc != 0)
        return -1;
    return d->writer != NULL ? archive_writer_finish(d->writer) : 0;
}

void distribute_clear(struct distribute *d)
{
    archive_summary_free(&d->found);
}
