#include "archive/chunk.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"

/* Rows are collected, so that zstd is not called for each. */
#define ROWS_BUFFER (128 * 1024)

/* One compression: the chunk's own, or the trial. */
struct stream {
    ZSTD_CCtx *zstd;
    uint64_t size;           /* bytes that came out of the chunk so far */
    struct chunk_sink *sink; /* NULL: only counted */
    size_t len;              /* bytes in `out` */
    unsigned char out[CHUNK_PIECE_MAX];
};

struct chunk_encoder {
    unsigned char key[SETHASH_KEY_SIZE];
    struct chunk_sink sink;
    struct stream chosen;
    struct stream trial;
    bool has_trial;
    struct archive_record record;
    size_t len; /* bytes in `rows` */
    char rows[ROWS_BUFFER];
};

struct chunk_encoder *chunk_encoder_new(const unsigned char key[SETHASH_KEY_SIZE])
{
    struct chunk_encoder *e = calloc(1, sizeof(*e));

    if (e == NULL || (e->chosen.zstd = ZSTD_createCCtx()) == NULL ||
        (e->trial.zstd = ZSTD_createCCtx()) == NULL) {
        error_set("out of memory");
        chunk_encoder_free(e);
        return NULL;
    }
    memcpy(e->key, key, SETHASH_KEY_SIZE);
    e->chosen.sink = &e->sink;
    return e;
}

void chunk_encoder_free(struct chunk_encoder *e)
{
    if (e == NULL)
        return;
    ZSTD_freeCCtx(e->chosen.zstd);
    ZSTD_freeCCtx(e->trial.zstd);
    free(e);
}

static int stream_begin(struct stream *s, int level)
{
    size_t rc;

    s->len = 0;
    s->size = 0;
    ZSTD_CCtx_reset(s->zstd, ZSTD_reset_session_only);
    rc = ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, level);
    if (ZSTD_isError(rc))
        return error_set("zstd does not take level %d: %s", level, ZSTD_getErrorName(rc));
    return 0;
}

static int pass_piece(struct stream *s)
{
    unsigned char *piece;
    size_t len = s->len;

    s->size += len;
    s->len = 0;
    if (s->sink == NULL || len == 0)
        return 0;
    piece = malloc(len);
    if (piece == NULL)
        return error_set("out of memory");
    memcpy(piece, s->out, len);
    return s->sink->put(s->sink->self, piece, len);
}

/* The last piece of a frame ends where the frame does. */
static int stream_put(struct stream *s, const char *data, size_t len, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {.src = data, .size = len};
    size_t left;

    do {
        ZSTD_outBuffer out = {.dst = s->out, .size = sizeof(s->out), .pos = s->len};

        left = ZSTD_compressStream2(s->zstd, &out, &in, end);
        if (ZSTD_isError(left))
            return error_set("zstd failed: %s", ZSTD_getErrorName(left));
        s->len = out.pos;
        if ((s->len == sizeof(s->out) || (end == ZSTD_e_end && left == 0)) && pass_piece(s) != 0)
            return -1;
    } while (end == ZSTD_e_end ? left != 0 : in.pos < in.size);
    return 0;
}

static int compress(struct chunk_encoder *e, const char *data, size_t len, ZSTD_EndDirective end)
{
    if (stream_put(&e->chosen, data, len, end) != 0)
        return -1;
    return e->has_trial ? stream_put(&e->trial, data, len, end) : 0;
}

static int compress_rows(struct chunk_encoder *e, ZSTD_EndDirective end)
{
    size_t len = e->len;

    e->len = 0;
    return compress(e, e->rows, len, end);
}

int chunk_encoder_begin(struct chunk_encoder *e, struct chunk_sink sink, int level, int trial_level)
{
    e->sink = sink;
    e->record = (struct archive_record){.kind = ARCHIVE_RECORD_ROWS};
    e->len = 0;
    e->has_trial = trial_level > 0;
    if (e->has_trial && stream_begin(&e->trial, trial_level) != 0)
        return -1;
    return stream_begin(&e->chosen, level);
}

int chunk_encoder_row(struct chunk_encoder *e, const char *row, size_t len)
{
    sethash_add(&e->record.hash, e->key, row, len - 1);
    e->record.rows++;
    e->record.bytes += len;
    if (len > ROWS_BUFFER - e->len && compress_rows(e, ZSTD_e_continue) != 0)
        return -1;
    if (len > ROWS_BUFFER)
        return compress(e, row, len, ZSTD_e_continue);
    memcpy(e->rows + e->len, row, len);
    e->len += len;
    return 0;
}

int chunk_encoder_end(struct chunk_encoder *e, struct archive_record *record)
{
    if (e->record.rows > 0 && compress_rows(e, ZSTD_e_end) != 0)
        return -1;
    *record = e->record;
    return 0;
}

uint64_t chunk_encoder_size(const struct chunk_encoder *e)
{
    return e->chosen.size;
}

uint64_t chunk_encoder_trial_size(const struct chunk_encoder *e)
{
    return e->trial.size;
}

/* zstd tells what a context has come to only of one that was used. */
static size_t stream_memory(int level)
{
    struct stream *s = calloc(1, sizeof(*s));
    size_t size = 0;

    if (s == NULL || (s->zstd = ZSTD_createCCtx()) == NULL)
        error_set("out of memory");
    else if (stream_begin(s, level) == 0 && stream_put(s, "\n", 1, ZSTD_e_continue) == 0)
        size = ZSTD_sizeof_CCtx(s->zstd);
    if (s != NULL)
        ZSTD_freeCCtx(s->zstd);
    free(s);
    return size;
}

size_t chunk_encoder_memory(int level, int trial_level)
{
    size_t chosen = stream_memory(level);
    size_t trial = trial_level > 0 ? stream_memory(trial_level) : 0;

    if (chosen == 0 || (trial == 0 && trial_level > 0))
        return 0;
    return sizeof(struct chunk_encoder) + chosen + trial;
}
