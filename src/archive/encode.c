#include "archive/encode.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"

struct archive_encoder {
    struct wire_out *out;
    ZSTD_CCtx *zstd; /* NULL for plain pieces */
    char *plain;     /* ENCODE_FRAME_MAX bytes */
    size_t plain_len;
    char *frame; /* for the largest frame that they can become */
    size_t frame_size;
    const unsigned char *key; /* of the records; NULL for none */
    struct archive_block_sum *sum;
};

static int init_zstd(struct archive_encoder *e, int level)
{
    size_t rc;

    e->frame_size = ZSTD_compressBound(ENCODE_FRAME_MAX);
    e->frame = malloc(e->frame_size);
    e->zstd = ZSTD_createCCtx();
    if (e->frame == NULL || e->zstd == NULL)
        return error_set("out of memory");
    rc = ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel, level);
    if (ZSTD_isError(rc))
        return error_set("zstd does not take level %d: %s", level, ZSTD_getErrorName(rc));
    return 0;
}

struct archive_encoder *archive_encoder_new(struct wire_out *out,
                                            enum archive_compression compression, int level)
{
    struct archive_encoder *e = calloc(1, sizeof(*e));

    if (e == NULL || (e->plain = malloc(ENCODE_FRAME_MAX)) == NULL) {
        error_set("out of memory");
        goto fail;
    }
    e->out = out;
    if (compression == ARCHIVE_ZSTD && init_zstd(e, level) != 0)
        goto fail;
    return e;

fail:
    archive_encoder_free(e);
    return NULL;
}

void archive_encoder_free(struct archive_encoder *e)
{
    if (e == NULL)
        return;
    ZSTD_freeCCtx(e->zstd);
    free(e->frame);
    free(e->plain);
    free(e);
}

void archive_encoder_set_records(struct archive_encoder *e,
                                 const unsigned char key[SETHASH_KEY_SIZE],
                                 struct archive_block_sum *sum)
{
    e->key = key;
    e->sum = sum;
}

/* Writes the record of the first len plain bytes. */
static int write_record(struct archive_encoder *e, size_t len)
{
    struct archive_record record = {.kind = ARCHIVE_RECORD_BYTES, .bytes = len};

    sethash_add(&record.hash, e->key, e->plain, len);
    archive_block_sum_add(e->sum, &record);
    return archive_record_put(&record, e->out);
}

/* Writes the first len plain bytes as a piece. */
static int write_piece(struct archive_encoder *e, size_t len)
{
    const char *piece = e->plain;
    size_t piece_len = len;

    if (len == 0)
        return 0; /* a piece of length 0 would be the end mark */
    if (e->zstd != NULL) {
        piece = e->frame;
        piece_len = ZSTD_compress2(e->zstd, e->frame, e->frame_size, e->plain, len);
        if (ZSTD_isError(piece_len))
            return error_set("zstd failed: %s", ZSTD_getErrorName(piece_len));
    }
    if (wire_put_int(e->out, (int)piece_len) != 0 || wire_put_bytes(e->out, piece, piece_len) != 0)
        return -1;
    if (e->key != NULL && write_record(e, len) != 0)
        return -1;
    e->plain_len -= len;
    memmove(e->plain, e->plain + len, e->plain_len);
    return 0;
}

/* How many of the collected bytes are whole lines; all of them where there is no line's end. */
static size_t whole_lines(const struct archive_encoder *e)
{
    size_t len = e->plain_len;

    while (len > 0 && e->plain[len - 1] != '\n')
        len--;
    return len > 0 ? len : e->plain_len;
}

int archive_encoder_put(struct archive_encoder *e, const void *data, size_t len)
{
    while (len > 0) {
        size_t take = ENCODE_FRAME_MAX - e->plain_len;

        if (take == 0) {
            if (write_piece(e, whole_lines(e)) != 0)
                return -1;
            continue;
        }
        if (take > len)
            take = len;
        memcpy(e->plain + e->plain_len, data, take);
        e->plain_len += take;
        data = (const char *)data + take;
        len -= take;
    }
    return 0;
}

int archive_encoder_end(struct archive_encoder *e)
{
    if (write_piece(e, e->plain_len) != 0)
        return -1;
    return wire_put_int(e->out, 0);
}
