#include "archive/copy.h"

#include "archive/decode.h"
#include "archive/rows.h"
#include "archive/text.h"
#include "base/error.h"

#define COPY_BUFFER (64 * 1024)

struct copy {
    struct archive_reader *reader;
    struct archive_writer *writer; /* or NULL */
    struct archive_decoder *decoder;
    char buffer[COPY_BUFFER];
};

/* Copies one block of rows' data, or one large object's. */
static int copy_data(struct copy *c, struct archive_count *count)
{
    struct reader plain = archive_decoder_output(c->decoder);
    struct row_count rows;
    ssize_t n;

    row_count_begin(&rows);
    while ((n = plain.read(plain.self, c->buffer, sizeof(c->buffer))) > 0) {
        row_count_add(&rows, c->buffer, (size_t)n);
        count->bytes += (uint64_t)n;
        if (c->writer != NULL && archive_writer_put(c->writer, c->buffer, (size_t)n) != 0)
            return -1;
    }
    if (n < 0)
        return -1;
    count->rows = row_count_rows(&rows);
    return c->writer != NULL ? archive_writer_end_data(c->writer) : 0;
}

static int copy_large_objects(struct copy *c, struct archive_count *count)
{
    unsigned oid;
    int more;

    while ((more = archive_reader_next_large_object(c->reader, &oid)) > 0) {
        if (c->writer != NULL && archive_writer_begin_large_object(c->writer, oid) != 0)
            return -1;
        if (copy_data(c, count) != 0)
            return -1;
        count->large_objects++;
    }
    if (more < 0)
        return -1;
    return c->writer != NULL ? archive_writer_end_large_objects(c->writer) : 0;
}

/* Returns the block's entry in the reader's table, or NULL with the error set. */
static const struct toc_entry *copy_block(struct copy *c, const struct archive_block *block,
                                          int dump_id, struct archive_count *count)
{
    const struct archive_block to = {.kind = block->kind, .dump_id = dump_id};
    const struct toc_entry *entry = toc_find(archive_reader_toc(c->reader), block->dump_id);

    *count = (struct archive_count){0};
    if (entry == NULL) {
        error_set("the archive is damaged: data block %d is in no table of contents",
                  block->dump_id);
        return NULL;
    }
    if (c->writer != NULL && archive_writer_begin_block(c->writer, &to) != 0)
        return NULL;
    if (block->kind == ARCHIVE_BLOCK_LARGE_OBJECTS ? copy_large_objects(c, count) != 0
                                                   : copy_data(c, count) != 0)
        return NULL;
    if (!toc_entry_is_copied_rows(entry))
        count->rows = 0;
    if (c->writer != NULL)
        archive_writer_add_rows(c->writer, count->rows);
    return entry;
}

int archive_copy_block(struct archive_reader *reader, const struct archive_block *block,
                       struct archive_writer *writer, int dump_id, struct archive_count *count)
{
    struct copy c = {.reader = reader, .writer = writer};
    int rc;

    c.decoder = archive_decoder_new(reader);
    if (c.decoder == NULL)
        return -1;
    rc = copy_block(&c, block, dump_id, count) != NULL ? 0 : -1;
    archive_decoder_free(c.decoder);
    return rc;
}

/* The preamble and the summary stay behind: they are about the drop, and pg_restore reading a pipe
 * would leave before the end of what stands behind its last block. */
static int leave_out(struct copy *c, const struct archive_block *block,
                     const struct archive_observer *observer)
{
    struct archive_preamble preamble;
    int rc;

    if (observer == NULL || observer->preamble == NULL || block->dump_id != ARCHIVE_PREAMBLE_ID)
        return archive_reader_skip_data(c->reader);
    rc = archive_text_read_preamble(c->decoder, &preamble);
    if (rc == 0)
        observer->preamble(observer->self, &preamble);
    archive_preamble_free(&preamble);
    return rc;
}

static int copy_or_leave_out(struct copy *c, const struct archive_block *block,
                             const struct archive_observer *observer)
{
    const struct toc_entry *entry;
    struct archive_count count;

    if (archive_text_is(block))
        return leave_out(c, block, observer);
    entry = copy_block(c, block, block->dump_id, &count);
    if (entry == NULL)
        return -1;
    if (observer != NULL)
        observer->counted(observer->self, entry, &count);
    return 0;
}

int archive_copy(struct archive_reader *reader, struct archive_writer *writer,
                 const struct archive_observer *observer)
{
    struct copy c = {.reader = reader, .writer = writer};
    struct archive_block block;
    int more;

    c.decoder = archive_decoder_new(reader);
    if (c.decoder == NULL)
        return -1;
    while ((more = archive_reader_next_block(reader, &block)) > 0)
        if (copy_or_leave_out(&c, &block, observer) != 0) {
            more = -1;
            break;
        }
    archive_decoder_free(c.decoder);
    if (more < 0)
        return -1;
    return writer != NULL ? archive_writer_finish(writer) : 0;
}

static int pass_data(struct archive_reader *reader, struct archive_writer *writer)
{
    char buffer[COPY_BUFFER];
    size_t len;
    ssize_t n;
    int more;

    while ((more = archive_reader_next_piece(reader, &len)) > 0) {
        if (archive_writer_begin_piece(writer, len) != 0)
            return -1;
        while ((n = archive_reader_read_piece(reader, buffer, sizeof(buffer))) > 0)
            if (archive_writer_put_piece(writer, buffer, (size_t)n) != 0)
                return -1;
        if (n < 0)
            return -1;
    }
    return more < 0 ? -1 : archive_writer_end_data(writer);
}

static int pass_large_objects(struct archive_reader *reader, struct archive_writer *writer)
{
    unsigned oid;
    int more;

    while ((more = archive_reader_next_large_object(reader, &oid)) > 0)
        if (archive_writer_begin_large_object(writer, oid) != 0 || pass_data(reader, writer) != 0)
            return -1;
    return more < 0 ? -1 : archive_writer_end_large_objects(writer);
}

int archive_copy_pieces(struct archive_reader *reader, struct archive_writer *writer)
{
    struct archive_block block;
    int more;

    while ((more = archive_reader_next_block(reader, &block)) > 0) {
        if (archive_text_is(&block)) {
            if (archive_reader_skip_data(reader) != 0)
                return -1;
            continue;
        }
        if (archive_writer_begin_block(writer, &block) != 0)
            return -1;
        if (block.kind == ARCHIVE_BLOCK_LARGE_OBJECTS ? pass_large_objects(reader, writer) != 0
                                                      : pass_data(reader, writer) != 0)
            return -1;
    }
    return more < 0 ? -1 : archive_writer_finish(writer);
}
