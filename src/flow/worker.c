#include "flow/worker.h"

#include <poll.h>
#include <stdlib.h>

#include "archive/chunk.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "flow/levels.h"
#include "pg/connection.h"
#include "pg/copy.h"

/* A transaction holds its locks to its end, and the server has room for a limited number: after so
 * many a worker begins another transaction on the same snapshot. */
#define LOCKS_PER_TRANSACTION 300

/* When a connection was refused it is tried once more after so long. */
#define RECONNECT_MS 100

/* Rows are told to the meter when so many bytes of them have come. */
#define METER_STEP (256 * 1024)

struct worker {
    const struct worker_shared *shared;
    PGconn *conn; /* NULL while it has none */
    bool uses_control;
    struct chunk_encoder *encoder;

    /* The transaction of `conn`: */
    bool in_transaction;
    bool is_aborted;
    size_t n_locks;
    size_t locked_table; /* the last one */

    /* The chunk in hand: */
    size_t chunk;
    uint64_t rows_to_tell;
    uint64_t bytes_to_tell;
};

struct worker *worker_new(const struct worker_shared *shared)
{
    struct worker *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        error_set("out of memory");
        return NULL;
    }
    w->shared = shared;
    w->uses_control = shared->options->only_control;
    w->encoder = chunk_encoder_new(shared->options->key);
    if (w->encoder == NULL) {
        free(w);
        return NULL;
    }
    return w;
}

void worker_free(struct worker *w)
{
    if (w == NULL)
        return;
    chunk_encoder_free(w->encoder);
    free(w);
}

static const struct pg_table *table_of(const struct worker *w, const struct plan_chunk *chunk)
{
    return &w->shared->source->tables->items[chunk->table];
}

static void disconnect(struct worker *w)
{
    PQfinish(w->conn);
    w->conn = NULL;
    w->in_transaction = w->is_aborted = false;
}

/* Returns 0, or -1 with the error set. */
static int connect_worker(struct worker *w)
{
    const struct reading_source *source = w->shared->source;

    w->conn = pg_connect_same(source->control, source->conninfo);
    if (w->conn == NULL)
        return -1;
    if (pg_session_prepare(w->conn, source->session) != 0 ||
        pg_command(w->conn, "SET enable_tidscan = on") != 0 || pg_copy_prepare(w->conn) != 0) {
        disconnect(w);
        return -1;
    }
    return 0;
}

/* Adds what has to come before the chunk can be copied: a transaction on the snapshot that holds a
 * lock on the table. */
static int add_transaction(struct worker *w, const struct plan_chunk *chunk, struct buf *sql)
{
    const struct pg_table *table = table_of(w, chunk);
    bool is_locked = w->in_transaction && w->locked_table == chunk->table;
    int rc = 0;

    if (w->in_transaction &&
        (w->is_aborted || (!is_locked && w->n_locks > LOCKS_PER_TRANSACTION))) {
        rc = buf_add_text(sql, w->is_aborted ? "ROLLBACK; " : "COMMIT; ");
        w->in_transaction = false;
    }
    if (rc == 0 && !w->in_transaction) {
        rc = buf_printf(sql,
                        "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
                        "SET TRANSACTION SNAPSHOT '%s'; ",
                        w->shared->source->snapshot);
        w->in_transaction = true;
        w->is_aborted = is_locked = false;
        w->n_locks = 0;
    }
    if (rc == 0 && !is_locked) {
        rc = pg_table_add_lock(table, plan_is_part(chunk), sql);
        w->locked_table = chunk->table;
        w->n_locks += 1 + (plan_is_part(chunk) ? table->n_indexes : 0);
    }
    return rc;
}

/* Begins to copy the chunk's rows out. */
static int start_copy(struct worker *w, const struct plan_chunk *chunk, struct pg_copy *copy)
{
    struct buf sql = {0};
    int rc = copy->conn == w->conn ? add_transaction(w, chunk, &sql) : 0;

    if (rc == 0)
        rc = pg_table_add_copy(table_of(w, chunk), chunk->first_page, chunk->end_page, &sql);
    if (rc == 0)
        rc = pg_copy_start(copy, sql.data);
    buf_free(&sql);
    return rc;
}

static void tell_rows(struct worker *w)
{
    meter_read(w->shared->options->meter, w->rows_to_tell, w->bytes_to_tell);
    w->rows_to_tell = w->bytes_to_tell = 0;
}

static int take(struct worker *w, size_t len, bool ends_row)
{
    w->rows_to_tell += ends_row;
    w->bytes_to_tell += len;
    if (w->bytes_to_tell >= METER_STEP)
        tell_rows(w);
    return chunk_encoder_take(w->encoder, len, ends_row);
}

static int read_rows(struct worker *w, struct pg_copy *copy)
{
    for (;;) {
        size_t size, len;
        char *room = chunk_encoder_room(w->encoder, &size);
        enum pg_copy_step step = pg_copy_next(copy, room, size, &len);

        switch (step) {
        case PG_COPY_ROW:
        case PG_COPY_PART:
            if (take(w, len, step == PG_COPY_ROW) != 0)
                return -1;
            break;
        case PG_COPY_LARGE:
            /* Being the head is what only one worker can be at a time. */
            if (window_await_head(w->shared->window, w->chunk) != 0)
                return -1;
            break;
        case PG_COPY_END:
            tell_rows(w);
            return 0;
        case PG_COPY_FAILED:
            return -1;
        }
    }
}

/* Begins the copy on the worker's own connection or, where it gets no lock on that or has none, on
 * the control connection. */
static int start_chunk(struct worker *w, const struct plan_chunk *chunk, struct pg_copy *copy)
{
    if (w->conn != NULL) {
        copy->conn = w->conn;
        if (start_copy(w, chunk, copy) == 0)
            return 0;
        if (!copy->lock_refused)
            return -1;
        w->is_aborted = true;
        log_debug("table %s: a stronger lock is waited for; the control connection reads on",
                  table_of(w, chunk)->label);
    }
    if (window_await_head(w->shared->window, w->chunk) != 0)
        return -1;
    copy->conn = w->shared->source->control;
    return start_copy(w, chunk, copy);
}

static int put_piece(void *self, unsigned char *piece, size_t len)
{
    struct worker *w = self;

    return window_put(w->shared->window, w->chunk, piece, len);
}

/* Whether the chunk is the one by which its table's level is chosen. */
static bool is_trial(const struct worker *w, const struct plan_chunk *chunk)
{
    return w->shared->options->level == 0 && plan_is_part(chunk) && chunk->first_page == 0;
}

static int begin_chunk(struct worker *w, const struct plan_chunk *chunk)
{
    const struct chunk_sink sink = {.put = put_piece, .self = w};
    const struct chunk_level given = {.level = w->shared->options->level};

    if (given.level == LEVELS_HASH_ONLY)
        return chunk_encoder_begin(w->encoder, sink, NULL, 0);
    if (given.level > 0)
        return chunk_encoder_begin(w->encoder, sink, &given, 1);
    if (is_trial(w, chunk))
        return chunk_encoder_begin(w->encoder, sink, levels, LEVELS_N);
    return chunk_encoder_begin(w->encoder, sink,
                               &levels[atomic_load(&w->shared->choices[chunk->table])], 1);
}

static void choose_level(struct worker *w, const struct plan_chunk *chunk)
{
    uint64_t sizes[LEVELS_N];
    size_t choice;

    for (size_t i = 0; i < LEVELS_N; i++)
        sizes[i] = chunk_encoder_size(w->encoder, i);
    choice = levels_choose(sizes);
    atomic_store(&w->shared->choices[chunk->table], choice);
    log_debug("table %s: level %d, distance %d, since its first chunk became %llu bytes, and %llu "
              "at level 1 itself",
              table_of(w, chunk)->label, levels[choice].level, levels[choice].distance,
              (unsigned long long)sizes[choice], (unsigned long long)sizes[1]);
}

/* Sees to it that a dump whose snapshot is lost does not go on for hours. */
static int check_control(struct worker *w)
{
    if (w->uses_control || !window_is_head(w->shared->window, w->chunk) ||
        pg_check_idle(w->shared->source->control) == 0)
        return 0;
    return error_add_context("the connection that holds the snapshot is lost");
}

static int read_chunk(struct worker *w, const struct plan_chunk *chunk)
{
    const struct worker_shared *shared = w->shared;
    struct pg_copy copy = {.stop_fd = window_stop_fd(shared->window),
                           .large = shared->options->budget.large_row};
    struct archive_record record;

    if (begin_chunk(w, chunk) != 0 || start_chunk(w, chunk, &copy) != 0 || read_rows(w, &copy) != 0)
        return error_add_context("table %s", table_of(w, chunk)->label);
    if (chunk_encoder_end(w->encoder, &record) != 0 || check_control(w) != 0)
        return -1;
    if (is_trial(w, chunk))
        choose_level(w, chunk);
    record.first_page = chunk->first_page;
    record.end_page = chunk->end_page;
    /* libpq keeps the memory of the largest row: it has to go before another chunk is the head. */
    if (copy.was_large && copy.conn == w->conn)
        disconnect(w);
    meter_done(shared->options->meter, plan_chunk_bytes(chunk, table_of(w, chunk)));
    return window_finish(shared->window, w->chunk, &record);
}

/* The server may not yet have noticed that a connection of ours has ended, pg_dump's first say. */
static int connect_patiently(struct worker *w)
{
    struct pollfd stop = {.fd = window_stop_fd(w->shared->window), .events = POLLIN};

    if (connect_worker(w) == 0)
        return 0;
    poll(&stop, 1, RECONNECT_MS);
    return connect_worker(w);
}

/* Sees to it that the worker can read. Returns whether it is to go on. */
static bool is_fit(struct worker *w)
{
    if (w->conn != NULL || w->uses_control || connect_patiently(w) == 0)
        return true;
    if (interrupt_signal() != 0) {
        window_fail(w->shared->window);
        return false;
    }
    log_warn("reading with one connection less: %s", error_text());
    w->uses_control = !window_leave(w->shared->window);
    return w->uses_control;
}

void worker_run(struct worker *w)
{
    const struct worker_shared *shared = w->shared;
    int more;

    while (is_fit(w) && (more = window_take(shared->window, &w->chunk)) != 0)
        if (more < 0 || read_chunk(w, &shared->source->plan->chunks[w->chunk]) != 0) {
            window_fail(shared->window);
            break;
        }
    disconnect(w);
}
