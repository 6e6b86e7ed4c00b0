#include "archive/chunk.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"

/* Rows are collected, so that zstd is not called for each. */
#define ROWS_BUFFER (128 * 1024)

/* One compression: the chunk's own, or a trial. */
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
    struct stream streams[1 + CHUNK_TRIALS_MAX]; /* the chunk's own first */
    size_t n_streams;                            /* in use */
    struct archive_record record;
    size_t len; /* bytes in `rows` */
    char rows[ROWS_BUFFER];
};

static int stream_init(struct stream *s)
{
    s->zstd = ZSTD_createCCtx();
    return s->zstd != NULL ? 0 : error_set("out of memory");
}

struct chunk_encoder *chunk_encoder_new(const unsigned char key[SETHASH_KEY_SIZE])
{
    struct chunk_encoder *e = calloc(1, sizeof(*e));

    if (e == NULL) {
        error_set("out of memory");
        return NULL;
    }
    for (size_t i = 0; i <= CHUNK_TRIALS_MAX; i++)
        if (stream_init(&e->streams[i]) != 0) {
            chunk_encoder_free(e);
            return NULL;
        }
    memcpy(e->key, key, SETHASH_KEY_SIZE);
    e->streams[0].sink = &e->sink;
    return e;
}

void chunk_encoder_free(struct chunk_encoder *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i <= CHUNK_TRIALS_MAX; i++)
        ZSTD_freeCCtx(e->streams[i].zstd);
    free(e);
}

static int set_parameter(struct stream *s, ZSTD_cParameter parameter, int value)
{
    size_t rc = value != 0 ? ZSTD_CCtx_setParameter(s->zstd, parameter, value) : 0;

    if (ZSTD_isError(rc))
        return error_set("zstd does not take %d as its level or a parameter: %s", value,
                         ZSTD_getErrorName(rc));
    return 0;
}

static int stream_begin(struct stream *s, const struct chunk_level *level)
{
    s->len = 0;
    s->size = 0;
    ZSTD_CCtx_reset(s->zstd, ZSTD_reset_session_and_parameters);
    if (set_parameter(s, ZSTD_c_compressionLevel, level->level) != 0 ||
        set_parameter(s, ZSTD_c_windowLog, level->window_log) != 0 ||
        set_parameter(s, ZSTD_c_hashLog, level->hash_log) != 0 ||
        set_parameter(s, ZSTD_c_minMatch, level->min_match) != 0)
        return -1;
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
    for (size_t i = 0; i < e->n_streams; i++)
        if (stream_put(&e->streams[i], data, len, end) != 0)
            return -1;
    return 0;
}

static int compress_rows(struct chunk_encoder *e, ZSTD_EndDirective end)
{
    size_t len = e->len;

    e->len = 0;
    return compress(e, e->rows, len, end);
}

int chunk_encoder_begin(struct chunk_encoder *e, struct chunk_sink sink,
                        const struct chunk_level *levels, size_t n)
{
    e->sink = sink;
    e->record = (struct archive_record){.kind = ARCHIVE_RECORD_ROWS};
    e->len = 0;
    e->n_streams = n;
    for (size_t i = 0; i < n; i++)
        if (stream_begin(&e->streams[i], &levels[i]) != 0)
            return -1;
    return 0;
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

uint64_t chunk_encoder_size(const struct chunk_encoder *e, size_t at)
{
    return e->streams[at].size;
}

/* zstd tells what a context has come to only of one that was used. */
static size_t stream_memory(const struct chunk_level *level)
{
    struct stream *s = calloc(1, sizeof(*s));
    size_t size = 0;

    if (s == NULL) {
        error_set("out of memory");
        return 0;
    }
    if (stream_init(s) == 0 && stream_begin(s, level) == 0 &&
        stream_put(s, "\n", 1, ZSTD_e_continue) == 0)
        size = ZSTD_sizeof_CCtx(s->zstd);
    ZSTD_freeCCtx(s->zstd);
    free(s);
    return size;
}

size_t chunk_encoder_memory(const struct chunk_level *levels, size_t n)
{
    size_t sum = sizeof(struct chunk_encoder);

    for (size_t i = 0; i < n; i++) {
        size_t size = stream_memory(&levels[i]);

        if (size == 0)
            return 0;
        sum += size;
    }
    return sum;
}
