#include "archive/writer.h"

#include <stdlib.h>
#include <string.h>

#include "archive/content.h"
#include "archive/encode.h"
#include "archive/rows.h"
#include "base/error.h"

struct archive_writer {
    struct wire_out out;
    const struct archive_header *header;
    struct toc *toc;
    uint64_t toc_position;
    struct archive_encoder *encoder;
    bool with_records; /* behind what the encoder writes */
    unsigned char key[SETHASH_KEY_SIZE];
    bool with_content;
    struct content content;
    struct archive_block_sum sum; /* of the block begun last */
};

static void forget_positions(struct toc *toc)
{
    for (size_t i = 0; i < toc->n; i++) {
        if (toc->entries[i].data_state == WIRE_OFFSET_SET)
            toc->entries[i].data_state = WIRE_OFFSET_UNKNOWN;
        toc->entries[i].data_offset = 0;
    }
}

struct archive_writer *archive_writer_new(struct writer target, const struct archive_header *header,
                                          struct toc *toc, int level)
{
    struct archive_writer *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        error_set("out of memory");
        return NULL;
    }
    w->header = header;
    w->toc = toc;
    wire_out_init(&w->out, target);
    forget_positions(toc);
    w->encoder = archive_encoder_new(&w->out, header->compression, level);
    if (w->encoder == NULL || archive_header_write(header, &w->out) != 0)
        goto fail;
    w->toc_position = w->out.pos;
    if (toc_write(toc, &w->out, header->minor) != 0)
        goto fail;
    return w;

fail:
    archive_writer_free(w);
    return NULL;
}

void archive_writer_free(struct archive_writer *w)
{
    if (w == NULL)
        return;
    archive_encoder_free(w->encoder);
    free(w);
}

/* Tells the encoder whether what it gets now is to have records. */
static void use_records(struct archive_writer *w, bool use)
{
    archive_encoder_set_records(w->encoder, use ? w->key : NULL, use ? &w->sum : NULL);
}

void archive_writer_set_key(struct archive_writer *w, const unsigned char key[SETHASH_KEY_SIZE])
{
    memcpy(w->key, key, SETHASH_KEY_SIZE);
    w->with_records = true;
}

void archive_writer_hash_content(struct archive_writer *w)
{
    w->with_content = true;
}

int archive_writer_begin_block(struct archive_writer *w, const struct archive_block *block)
{
    struct toc_entry *entry = toc_find(w->toc, block->dump_id);

    w->sum = (struct archive_block_sum){.dump_id = block->dump_id};
    content_begin_text(&w->content, w->key, &w->sum.content);
    use_records(w, w->with_records);
    if (entry != NULL) {
        entry->data_state = WIRE_OFFSET_SET;
        entry->data_offset = w->out.pos;
    }
    if (wire_put_byte(&w->out, (unsigned char)block->kind) != 0)
        return -1;
    return wire_put_int(&w->out, block->dump_id);
}

int archive_writer_begin_large_object(struct archive_writer *w, unsigned oid)
{
    w->sum.rows++;
    content_begin_object(&w->content, w->key, oid, &w->sum.content);
    return wire_put_int(&w->out, (int)oid);
}

int archive_writer_put(struct archive_writer *w, const void *data, size_t len)
{
    if (w->with_content)
        content_add(&w->content, data, len);
    return archive_encoder_put(w->encoder, data, len);
}

int archive_writer_begin_piece(struct archive_writer *w, size_t len)
{
    return wire_put_int(&w->out, (int)len);
}

int archive_writer_put_piece(struct archive_writer *w, const void *data, size_t len)
{
    return wire_put_bytes(&w->out, data, len);
}

int archive_writer_put_record(struct archive_writer *w, const struct archive_record *record)
{
    archive_block_sum_add(&w->sum, record);
    return archive_record_put(record, &w->out);
}

int archive_writer_end_data(struct archive_writer *w)
{
    if (w->with_content)
        content_end(&w->content);
    return archive_encoder_end(w->encoder);
}

int archive_writer_end_rows(struct archive_writer *w)
{
    const size_t len = strlen(ARCHIVE_ROWS_END);

    use_records(w, false);
    w->sum.bytes += len;
    if (archive_encoder_put(w->encoder, ARCHIVE_ROWS_END, len) != 0)
        return -1;
    return archive_encoder_end(w->encoder);
}

int archive_writer_end_large_objects(struct archive_writer *w)
{
    return wire_put_int(&w->out, 0);
}

int archive_writer_put_text_block(struct archive_writer *w, int id, const char *text)
{
    const struct archive_block block = {.kind = ARCHIVE_BLOCK_ROWS, .dump_id = id};

    if (archive_writer_begin_block(w, &block) != 0)
        return -1;
    use_records(w, false);
    if (archive_encoder_put(w->encoder, text, strlen(text)) != 0)
        return -1;
    return archive_encoder_end(w->encoder);
}

void archive_writer_add_rows(struct archive_writer *w, uint64_t rows)
{
    w->sum.rows += rows;
}

const struct archive_block_sum *archive_writer_block_sum(const struct archive_writer *w)
{
    return &w->sum;
}

int archive_writer_finish(struct archive_writer *w)
{
    return wire_flush(&w->out);
}

uint64_t archive_writer_toc_position(const struct archive_writer *w)
{
    return w->toc_position;
}

int archive_writer_put_toc(const struct archive_writer *w, struct writer target)
{
    struct wire_out *out = malloc(sizeof(*out));
    int rc;

    if (out == NULL)
        return error_set("out of memory");
    wire_out_init(out, target);
    rc = toc_write(w->toc, out, w->header->minor);
    if (rc == 0)
        rc = wire_flush(out);
    free(out);
    return rc;
}
