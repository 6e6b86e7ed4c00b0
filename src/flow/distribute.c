#include "flow/distribute.h"

#include <stdlib.h>

#include "archive/copy.h"
#include "archive/record.h"
#include "archive/text.h"
#include "base/error.h"

/* What loaders get at a time, at most, in bytes. */
#define PART (256 * 1024)

/* A table's block on its way to the loaders. */
struct rows {
    struct distribute *d;
    size_t table;
    bool is_open; /* a chunk has begun and not ended */
    bool refused; /* the table's rows are not wanted any more */
    struct archive_record last;
};

static int next_block(struct distribute *d)
{
    d->more = archive_reader_next_block(d->archive, &d->block);
    return d->more < 0 ? -1 : 0;
}

int distribute_begin(struct distribute *d)
{
    if (next_block(d) != 0)
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
static int take_record(struct rows *r, const struct archive_record *record)
{
    r->last = *record;
    if (!r->is_open || record->kind != ARCHIVE_RECORD_ROWS)
        return 0;
    r->is_open = false;
    return queue_end(r->d->queue, record);
}

/* Takes over the part. */
static int put_part(struct rows *r, unsigned char *part, size_t len)
{
    if (!r->is_open) {
        r->refused = queue_is_refused(r->d->queue, r->table);
        if (!r->refused && queue_begin(r->d->queue, r->table) != 0) {
            free(part);
            return -1;
        }
        r->is_open = !r->refused;
    }
    if (r->refused) {
        free(part);
        return 0;
    }
    return queue_put(r->d->queue, part, len);
}

/* Whether a piece is a record, or another frame that is passed over; then it is done with. Returns
 * 1, 0, or -1 with the error set. */
static int take_skippable(struct rows *r, const unsigned char *part, size_t len)
{
    struct archive_record record;
    int known;

    if (!archive_record_begins(part, len))
        return 0;
    known = archive_record_decode(&record, part, len);
    if (known > 0 && take_record(r, &record) != 0)
        return -1;
    return known < 0 ? -1 : 1;
}

static int take_piece(struct rows *r, size_t left)
{
    const bool may_be_record = left == ARCHIVE_RECORD_SIZE;

    while (left > 0) {
        size_t len;
        unsigned char *part = read_part(r->d->archive, left, &len);
        int rc;

        if (part == NULL)
            return -1;
        left -= len;
        rc = may_be_record ? take_skippable(r, part, len) : 0;
        if (rc != 0)
            free(part);
        else
            rc = put_part(r, part, len);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int put_rows(struct distribute *d, size_t table)
{
    struct rows r = {.d = d, .table = table};
    size_t len;
    int more;

    while ((more = archive_reader_next_piece(d->archive, &len)) > 0)
        if (take_piece(&r, len) != 0)
            return -1;
    if (more < 0)
        return -1;
    if (!r.is_open)
        return 0;
    /* The rows' end mark, or all of what pg_dump wrote. */
    if (r.last.kind == ARCHIVE_RECORD_ROWS)
        r.last = (struct archive_record){0};
    return queue_end(d->queue, &r.last);
}

static int copy_block(struct distribute *d, struct archive_writer *writer)
{
    struct archive_count count;

    if (archive_copy_block(d->archive, &d->block, writer, d->block.dump_id, &count) != 0)
        return -1;
    if (writer == NULL)
        return 0;
    d->tables += d->block.kind == ARCHIVE_BLOCK_ROWS;
    d->rows += count.rows;
    d->bytes += count.bytes;
    meter_read(d->meter, count.rows, count.bytes);
    return 0;
}

static int take_block(struct distribute *d)
{
    const struct toc_entry *e;
    const struct route *route;

    if (archive_text_is(&d->block))
        return archive_reader_skip_data(d->archive);
    e = toc_find(d->toc, d->block.dump_id);
    if (e == NULL)
        return error_set("the archive is damaged: data block %d is in no table of contents",
                         d->block.dump_id);
    route = &d->routes[e - d->toc->entries];
    if (route->kind == ROUTE_LOADERS && d->block.kind == ARCHIVE_BLOCK_ROWS) {
        meter_table(d->meter, e->schema, e->tag);
        return put_rows(d, route->table);
    }
    if (route->kind == ROUTE_PG_RESTORE) {
        meter_table(d->meter, e->schema, e->tag);
        return copy_block(d, d->writer);
    }
    return d->block.kind == ARCHIVE_BLOCK_ROWS ? archive_reader_skip_data(d->archive)
                                               : copy_block(d, NULL);
}

int distribute_run(struct distribute *d)
{
    bool ended = false; /* by the summary */

    while (d->more > 0) {
        ended = d->block.dump_id == ARCHIVE_SUMMARY_ID;
        if (take_block(d) != 0 || next_block(d) != 0)
            return -1;
    }
    if (d->has_records && !ended)
        return error_set("the archive is damaged: its summary is missing");
    return d->writer != NULL ? archive_writer_finish(d->writer) : 0;
}
