#include "flow/loader.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "archive/rows.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "pg/connection.h"

/* Of rows' text, at a time: what one message to the server holds. */
#define BUFFER (64 * 1024)

struct loader {
    const struct loader_shared *shared;
    PGconn *conn; /* NULL while it has none */
    ZSTD_DStream *zstd;
    char buffer[BUFFER];

    /* The chunk in hand: */
    struct queue_chunk *chunk;
    size_t table;
    struct pg_load load;
    bool started; /* its COPY has begun */
    uint64_t bytes;
};

struct loader *loader_new(const struct loader_shared *shared)
{
    struct loader *l = calloc(1, sizeof(*l));

    if (l == NULL || (l->zstd = ZSTD_createDStream()) == NULL) {
        error_set("out of memory");
        free(l);
        return NULL;
    }
    l->shared = shared;
    return l;
}

void loader_free(struct loader *l)
{
    if (l == NULL)
        return;
    ZSTD_freeDStream(l->zstd);
    free(l);
}

static void disconnect(struct loader *l)
{
    PQfinish(l->conn);
    l->conn = NULL;
}

/* Returns 0, or -1 with the error set. */
static int connect_loader(struct loader *l)
{
    l->conn = pg_connect_same(l->shared->control, l->shared->conninfo);
    if (l->conn == NULL)
        return -1;
    if (pg_load_prepare(l->conn, &l->shared->session) != 0) {
        disconnect(l);
        return -1;
    }
    return 0;
}

/* Whether that is all of the chunk behind a table's last record. */
static bool is_end_mark(const struct loader *l, size_t len)
{
    return l->bytes == 0 && len == strlen(ARCHIVE_ROWS_END) &&
           memcmp(l->buffer, ARCHIVE_ROWS_END, len) == 0;
}

/* Sends what stands in the buffer. */
static int send_rows(struct loader *l, size_t len)
{
    if (is_end_mark(l, len))
        return 0;
    if (!l->started && pg_load_start(&l->load, l->shared->statements[l->table]) != 0)
        return -1;
    l->started = true;
    l->bytes += len;
    meter_read(l->shared->meter, 0, len);
    return pg_load_put(&l->load, l->buffer, len);
}

/* Decompresses a piece and sends what comes out. *in_frame tells whether a frame goes on behind. */
static int send_piece(struct loader *l, const unsigned char *bytes, size_t len, bool *in_frame)
{
    ZSTD_inBuffer in = {.src = bytes, .size = len};
    bool more = true;

    while (more) {
        ZSTD_outBuffer out = {.dst = l->buffer, .size = sizeof(l->buffer)};
        size_t left = ZSTD_decompressStream(l->zstd, &out, &in);

        if (ZSTD_isError(left))
            return error_set("the archive is damaged: %s", ZSTD_getErrorName(left));
        *in_frame = left != 0;
        if (out.pos > 0 && send_rows(l, out.pos) != 0)
            return -1;
        more = in.pos < in.size || (*in_frame && out.pos == out.size);
    }
    return 0;
}

/* Sends the chunk's pieces, all of them. */
static int send_pieces(struct loader *l, struct archive_record *record)
{
    bool in_frame = false;
    unsigned char *bytes;
    size_t len;
    int more;

    ZSTD_DCtx_reset(l->zstd, ZSTD_reset_session_only);
    while ((more = queue_next(l->shared->queue, l->chunk, &bytes, &len, record)) > 0) {
        int rc = send_piece(l, bytes, len, &in_frame);

        free(bytes);
        if (rc != 0)
            return -1;
    }
    if (more == 0 && in_frame)
        return error_set("the archive is damaged: a zstd frame has no end");
    return more;
}

static int mismatch(const char *what)
{
    return error_set("the archive is damaged: the number of %s of a chunk is not what its record "
                     "says",
                     what);
}

/* Ends the COPY, and compares with the record what it came to. */
static int finish(struct loader *l, const struct archive_record *record, uint64_t *rows)
{
    const bool is_rows = record->kind == ARCHIVE_RECORD_ROWS;

    *rows = 0;
    if (is_rows && record->bytes != l->bytes)
        return mismatch("bytes");
    if (l->started && pg_load_end(&l->load, rows) != 0)
        return -1;
    l->started = false;
    return is_rows && record->rows != *rows ? mismatch("rows") : 0;
}

static int load_chunk(struct loader *l, uint64_t *rows)
{
    struct archive_record record;

    l->load = (struct pg_load){.conn = l->conn, .stop_fd = queue_stop_fd(l->shared->queue)};
    l->started = false;
    l->bytes = 0;
    if (send_pieces(l, &record) == 0 && finish(l, &record, rows) == 0)
        return 0;
    if (l->started)
        pg_load_break_off(&l->load);
    return -1;
}

/* A chunk's rows could not be loaded, for the error that is set. Where all is to end anyway, that
 * says nothing of its table. */
static void give_up(struct loader *l)
{
    struct queue *queue = l->shared->queue;

    if (interrupt_signal() != 0 || queue_has_failed(queue)) {
        queue_fail(queue);
        queue_done(queue, l->chunk, 0, 0);
        return;
    }
    if (l->shared->stop_at_errors)
        queue_fail(queue);
    queue_refuse(queue, l->chunk);
}

/* A connection may have ended while there was nothing to do. */
static int connect_anew(struct loader *l)
{
    if (l->conn != NULL && pg_check_idle(l->conn) != 0)
        disconnect(l);
    return l->conn != NULL ? 0 : connect_loader(l);
}

static void work(struct loader *l)
{
    struct queue *queue = l->shared->queue;
    uint64_t rows;

    if (queue_is_refused(queue, l->table)) {
        queue_done(queue, l->chunk, 0, 0);
        return;
    }
    if (connect_anew(l) != 0) {
        queue_fail(queue);
        queue_done(queue, l->chunk, 0, 0);
        return;
    }
    if (load_chunk(l, &rows) == 0) {
        meter_read(l->shared->meter, rows, 0);
        queue_done(queue, l->chunk, rows, l->bytes);
        return;
    }
    give_up(l);
    if (PQstatus(l->conn) != CONNECTION_OK)
        disconnect(l);
}

/* Sees to it that the loader has a connection. Returns whether it is to go on. */
static bool is_fit(struct loader *l, bool is_first)
{
    struct queue *queue = l->shared->queue;

    if (l->conn != NULL || connect_loader(l) == 0)
        return true;
    if (is_first && interrupt_signal() == 0 && queue_leave(queue))
        log_warn("loading with one connection less: %s", error_text());
    else
        queue_fail(queue);
    return false;
}

void loader_run(struct loader *l)
{
    bool is_first = true;

    while (is_fit(l, is_first) && queue_take(l->shared->queue, &l->chunk, &l->table) > 0) {
        is_first = false;
        work(l);
    }
    disconnect(l);
}
