#include "archive/reader.h"

#include <stdlib.h>

#include "base/error.h"

struct archive_reader {
    struct wire_in in;
    struct archive_header header;
    struct toc toc;
    size_t piece_left;
};

struct archive_reader *archive_reader_new(struct reader source)
{
    struct archive_reader *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        error_set("out of memory");
        return NULL;
    }
    wire_in_init(&r->in, source);
    if (archive_header_read(&r->header, &r->in) != 0 ||
        toc_read(&r->toc, &r->in, r->header.minor) != 0) {
        archive_reader_free(r);
        return NULL;
    }
    return r;
}

void archive_reader_free(struct archive_reader *r)
{
    if (r == NULL)
        return;
    archive_header_free(&r->header);
    toc_free(&r->toc);
    free(r);
}

struct archive_header *archive_reader_header(struct archive_reader *r)
{
    return &r->header;
}

struct toc *archive_reader_toc(struct archive_reader *r)
{
    return &r->toc;
}

int archive_reader_next_block(struct archive_reader *r, struct archive_block *block)
{
    unsigned char kind;
    int at_end = wire_at_end(&r->in);

    if (at_end != 0)
        return at_end < 0 ? -1 : 0;
    if (wire_get_byte(&r->in, &kind) != 0 || wire_get_int(&r->in, &block->dump_id) != 0)
        return -1;
    if (kind != ARCHIVE_BLOCK_ROWS && kind != ARCHIVE_BLOCK_LARGE_OBJECTS)
        return error_set("the archive is damaged: a data block of kind %d at byte %llu", kind,
                         (unsigned long long)r->in.pos);
    block->kind = (enum archive_block_kind)kind;
    return 1;
}

int archive_reader_next_large_object(struct archive_reader *r, unsigned *oid)
{
    int value;

    if (wire_get_int(&r->in, &value) != 0)
        return -1;
    *oid = (unsigned)value;
    return value != 0;
}

int archive_reader_next_piece(struct archive_reader *r, size_t *len)
{
    int value;

    if (wire_get_int(&r->in, &value) != 0)
        return -1;
    if (value < 0)
        return error_set("the archive is damaged: a piece of %d bytes at byte %llu", value,
                         (unsigned long long)r->in.pos);
    r->piece_left = *len = (size_t)value;
    return value != 0;
}

ssize_t archive_reader_read_piece(struct archive_reader *r, void *buf, size_t len)
{
    ssize_t n;

    if (len > r->piece_left)
        len = r->piece_left;
    if (len == 0)
        return 0;
    n = wire_get_some(&r->in, buf, len);
    if (n == 0)
        return error_set("the archive ends in the middle of a data block, at byte %llu",
                         (unsigned long long)r->in.pos);
    if (n > 0)
        r->piece_left -= (size_t)n;
    return n;
}

int archive_reader_skip_data(struct archive_reader *r)
{
    char buffer[4096];
    size_t len;
    int more;

    while ((more = archive_reader_next_piece(r, &len)) > 0) {
        ssize_t n;

        while ((n = archive_reader_read_piece(r, buffer, sizeof(buffer))) > 0)
            ;
        if (n < 0)
            return -1;
    }
    return more;
}
