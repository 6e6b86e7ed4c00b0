#include "archive/chunk.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"

/* Rows are collected, so that zstd is not called for each. */
#define ROWS_BUFFER (128 * 1024)

/* zstd's ZSTD_c_literalCompressionMode and two of its values, which zstd.h names for static
 * libraries only. */
#define LITERALS          ZSTD_c_experimentalParam5
#define LITERALS_AS_LEVEL 0
#define LITERALS_ALWAYS   1

/* One compression: the chunk's own, or a trial. */
struct stream {
    ZSTD_CCtx *zstd;
    uint64_t size;           /* bytes that came out of the chunk so far */
    struct chunk_sink *sink; /* NULL: only counted */
    size_t len;              /* bytes in `out` */
    unsigned char *out;      /* of CHUNK_PIECE_MAX bytes; NULL: to be allocated */
};

struct chunk_encoder {
    unsigned char key[SETHASH_KEY_SIZE];
    struct chunk_sink sink;
    struct stream streams[1 + CHUNK_TRIALS_MAX]; /* the chunk's own first */
    size_t n_streams;                            /* in use */
    struct archive_record record;
    struct sethash_row large; /* the row in hand, where it is too long for `rows` */
    bool is_large;
    size_t row; /* where in `rows` the row in hand, or its part, begins */
    size_t len; /* bytes in `rows` */
    char rows[ROWS_BUFFER];
};

static int stream_init(struct stream *s)
{
    s->zstd = ZSTD_createCCtx();
    return s->zstd != NULL ? 0 : error_set("out of memory");
}

static void stream_clear(struct stream *s)
{
    ZSTD_freeCCtx(s->zstd);
    free(s->out);
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
        stream_clear(&e->streams[i]);
    free(e);
}

/*
 * With a distance zstd leaves bytes without a match as they are unless told otherwise, by a
 * parameter that it takes for an experiment: where it has it no more, that level just comes out
 * larger, and is not chosen.
 */
static void compress_literals(ZSTD_CCtx *zstd, bool always)
{
    ZSTD_CCtx_setParameter(zstd, LITERALS, always ? LITERALS_ALWAYS : LITERALS_AS_LEVEL);
}

static int stream_begin(struct stream *s, struct chunk_level level)
{
    size_t rc;

    s->len = 0;
    s->size = 0;
    ZSTD_CCtx_reset(s->zstd, ZSTD_reset_session_only);
    compress_literals(s->zstd, level.distance > 0);
    rc = ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, level.level);
    if (!ZSTD_isError(rc))
        rc = ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_targetLength, level.distance);
    return ZSTD_isError(rc) ? error_set("zstd failed: %s", ZSTD_getErrorName(rc)) : 0;
}

static int need_out(struct stream *s)
{
    if (s->out == NULL)
        s->out = malloc(CHUNK_PIECE_MAX);
    return s->out != NULL ? 0 : error_set("out of memory");
}

static int pass_piece(struct stream *s)
{
    unsigned char *piece = s->out, *fitting;
    size_t len = s->len;

    s->size += len;
    s->len = 0;
    if (s->sink == NULL || len == 0)
        return 0;
    s->out = NULL;
    fitting = len < CHUNK_PIECE_MAX ? realloc(piece, len) : NULL;
    return s->sink->put(s->sink->self, fitting != NULL ? fitting : piece, len);
}

/* The last piece of a frame ends where the frame does. */
static int stream_put(struct stream *s, const char *data, size_t len, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {.src = data, .size = len};
    size_t left;

    do {
        ZSTD_outBuffer out;

        if (need_out(s) != 0)
            return -1;
        out = (ZSTD_outBuffer){.dst = s->out, .size = CHUNK_PIECE_MAX, .pos = s->len};
        left = ZSTD_compressStream2(s->zstd, &out, &in, end);
        if (ZSTD_isError(left))
            return error_set("zstd failed: %s", ZSTD_getErrorName(left));
        s->len = out.pos;
        if ((s->len == CHUNK_PIECE_MAX || (end == ZSTD_e_end && left == 0)) && pass_piece(s) != 0)
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

/* All in the buffer but the row in hand, which then begins it. */
static int compress_rows(struct chunk_encoder *e, ZSTD_EndDirective end)
{
    int rc = compress(e, e->rows, e->row, end);

    e->len -= e->row;
    memmove(e->rows, e->rows + e->row, e->len);
    e->row = 0;
    return rc;
}

int chunk_encoder_begin(struct chunk_encoder *e, struct chunk_sink sink,
                        const struct chunk_level *levels, size_t n)
{
    e->sink = sink;
    e->record = (struct archive_record){.kind = ARCHIVE_RECORD_ROWS};
    e->len = e->row = 0;
    e->is_large = false;
    e->n_streams = n;
    for (size_t i = 0; i < n; i++)
        if (stream_begin(&e->streams[i], levels[i]) != 0)
            return -1;
    return 0;
}

char *chunk_encoder_room(struct chunk_encoder *e, size_t *size)
{
    *size = ROWS_BUFFER - e->len;
    return e->rows + e->len;
}

/* Hashes what is there of a row that is longer than the buffer. */
static void hash_part(struct chunk_encoder *e, size_t len)
{
    if (!e->is_large)
        sethash_row_begin(&e->large, e->key);
    e->is_large = true;
    sethash_row_put(&e->large, e->rows + e->row, len);
}

static void end_row(struct chunk_encoder *e)
{
    size_t len = e->len - e->row - 1; /* without the line's end */

    if (e->is_large) {
        hash_part(e, len);
        sethash_row_end(&e->large, &e->record.hash);
        e->is_large = false;
    } else {
        sethash_add(&e->record.hash, e->key, e->rows + e->row, len);
    }
    e->record.rows++;
    e->row = e->len;
}

int chunk_encoder_take(struct chunk_encoder *e, size_t len, bool ends)
{
    e->len += len;
    e->record.bytes += len;
    if (ends)
        end_row(e);
    if (e->len < ROWS_BUFFER)
        return 0;
    if (e->row == 0) {
        hash_part(e, e->len);
        e->row = e->len;
    }
    return compress_rows(e, ZSTD_e_continue);
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
static size_t stream_memory(struct chunk_level level)
{
    struct stream s = {0};
    size_t size = 0;

    if (stream_init(&s) == 0 && stream_begin(&s, level) == 0 &&
        stream_put(&s, "\n", 1, ZSTD_e_continue) == 0)
        size = ZSTD_sizeof_CCtx(s.zstd) + CHUNK_PIECE_MAX;
    stream_clear(&s);
    return size;
}

size_t chunk_encoder_memory(const struct chunk_level *levels, size_t n)
{
    size_t sum = sizeof(struct chunk_encoder);

    for (size_t i = 0; i < n; i++) {
        size_t size = stream_memory(levels[i]);

        if (size == 0)
            return 0;
        sum += size;
    }
    return sum;
}
