#include "flow/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"

struct piece {
    struct piece *next;
    size_t len;
    unsigned char *bytes;
};

struct queue_chunk {
    struct queue_chunk *next;
    size_t table;
    struct piece *first;
    struct piece **end; /* where the next one is hung */
    bool ended;
    bool passed_over; /* nobody wants what is still to come */
    struct archive_record record;
};

/*
 * Under the mutex: the chunks that nobody has taken hang from `first`, in the order of the drop.
 * `last` is the one that the reader still adds to, wherever it is by now, or NULL; it is freed by
 * who comes last, the reader or the loader. `unfinished` counts the chunks that were begun and not
 * done with. `buffered` is the sum of all pieces that wait. A loader never waits for another: so
 * what waits always becomes less.
 */
struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t to_reader; /* buffered, unfinished or failed has changed */
    pthread_cond_t
        to_loaders; /* there is a chunk, or more of one, or closed or failed has changed */
    struct queue_chunk *first;
    struct queue_chunk **end;
    struct queue_chunk *last;
    size_t unfinished;
    size_t buffered;
    size_t budget;
    size_t n_loaders;
    bool closed;
    bool failed;
    char *error;      /* of the first that failed; NULL for lack of memory */
    int stop_pipe[2]; /* a byte in it: failed */
    size_t n_tables;
    struct queue_table *tables;
};

struct queue *queue_new(size_t n_tables, size_t n_loaders, size_t budget)
{
    struct queue *q = calloc(1, sizeof(*q));

    if (q == NULL || (q->tables = calloc(n_tables + 1, sizeof(*q->tables))) == NULL) {
        error_set("out of memory");
        free(q);
        return NULL;
    }
    if (os_pipe(q->stop_pipe) != 0) {
        free(q->tables);
        free(q);
        return NULL;
    }
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->to_reader, NULL);
    pthread_cond_init(&q->to_loaders, NULL);
    q->end = &q->first;
    q->n_tables = n_tables;
    q->n_loaders = n_loaders;
    q->budget = budget;
    return q;
}

/* Frees the pieces that wait in a chunk. */
static void clear_chunk(struct queue *q, struct queue_chunk *c)
{
    while (c->first != NULL) {
        struct piece *p = c->first;

        c->first = p->next;
        q->buffered -= p->len;
        free(p->bytes);
        free(p);
    }
    c->end = &c->first;
}

static void free_chunk(struct queue *q, struct queue_chunk *c)
{
    clear_chunk(q, c);
    free(c);
}

void queue_free(struct queue *q)
{
    if (q == NULL)
        return;
    if (q->last != NULL && q->last->passed_over)
        free_chunk(q, q->last);
    while (q->first != NULL) {
        struct queue_chunk *c = q->first;

        q->first = c->next;
        free_chunk(q, c);
    }
    for (size_t i = 0; i < q->n_tables; i++)
        free(q->tables[i].error);
    close(q->stop_pipe[0]);
    close(q->stop_pipe[1]);
    pthread_cond_destroy(&q->to_loaders);
    pthread_cond_destroy(&q->to_reader);
    pthread_mutex_destroy(&q->mutex);
    free(q->tables);
    free(q->error);
    free(q);
}

/* Unlocks. What the reader is told where the queue has failed is why. */
static int leave_reader(struct queue *q)
{
    const bool failed = q->failed;

    if (failed)
        error_set("%s", q->error != NULL ? q->error : "out of memory");
    pthread_mutex_unlock(&q->mutex);
    return failed ? -1 : 0;
}

int queue_begin(struct queue *q, size_t table)
{
    struct queue_chunk *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return error_set("out of memory");
    c->table = table;
    c->end = &c->first;
    pthread_mutex_lock(&q->mutex);
    q->last = c;
    *q->end = c;
    q->end = &c->next;
    q->unfinished++;
    pthread_cond_signal(&q->to_loaders);
    return leave_reader(q);
}

int queue_put(struct queue *q, unsigned char *bytes, size_t len)
{
    struct piece *p = malloc(sizeof(*p));

    if (p == NULL) {
        free(bytes);
        return error_set("out of memory");
    }
    *p = (struct piece){.bytes = bytes, .len = len};
    pthread_mutex_lock(&q->mutex);
    while (!q->failed && !q->last->passed_over && q->buffered > 0 && q->buffered + len > q->budget)
        pthread_cond_wait(&q->to_reader, &q->mutex);
    *q->last->end = p;
    q->last->end = &p->next;
    q->buffered += len;
    if (q->last->passed_over)
        clear_chunk(q, q->last);
    else
        pthread_cond_broadcast(&q->to_loaders);
    return leave_reader(q);
}

/* The loader has done with it before its end: then it is in no list any more. */
static void let_go(struct queue *q)
{
    if (q->last->passed_over)
        free_chunk(q, q->last);
    q->last = NULL;
}

int queue_end(struct queue *q, const struct archive_record *record)
{
    pthread_mutex_lock(&q->mutex);
    q->last->record = *record;
    q->last->ended = true;
    let_go(q);
    pthread_cond_broadcast(&q->to_loaders);
    return leave_reader(q);
}

int queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->closed = true;
    pthread_cond_broadcast(&q->to_loaders);
    while (!q->failed && q->unfinished > 0)
        pthread_cond_wait(&q->to_reader, &q->mutex);
    return leave_reader(q);
}

bool queue_is_refused(struct queue *q, size_t table)
{
    bool refused;

    pthread_mutex_lock(&q->mutex);
    refused = q->tables[table].error != NULL;
    pthread_mutex_unlock(&q->mutex);
    return refused;
}

const struct queue_table *queue_table(const struct queue *q, size_t table)
{
    return &q->tables[table];
}

/* Unlocks. */
static int leave_loader(struct queue *q, int rc)
{
    const bool failed = q->failed;

    pthread_mutex_unlock(&q->mutex);
    return failed ? error_set("another part of the restore has failed") : rc;
}

int queue_take(struct queue *q, struct queue_chunk **chunk, size_t *table)
{
    int rc = 0;

    pthread_mutex_lock(&q->mutex);
    while (!q->failed && q->first == NULL && !q->closed)
        pthread_cond_wait(&q->to_loaders, &q->mutex);
    if (q->first != NULL && !q->failed) {
        *chunk = q->first;
        *table = (*chunk)->table;
        q->first = (*chunk)->next;
        if (q->first == NULL)
            q->end = &q->first;
        rc = 1;
    }
    return leave_loader(q, rc);
}

int queue_next(struct queue *q, struct queue_chunk *c, unsigned char **bytes, size_t *len,
               struct archive_record *record)
{
    struct piece *p;
    int rc = 0;

    pthread_mutex_lock(&q->mutex);
    while (!q->failed && c->first == NULL && !c->ended)
        pthread_cond_wait(&q->to_loaders, &q->mutex);
    p = c->first;
    if (p != NULL && !q->failed) {
        c->first = p->next;
        if (c->first == NULL)
            c->end = &c->first;
        q->buffered -= p->len;
        *bytes = p->bytes;
        *len = p->len;
        free(p);
        pthread_cond_signal(&q->to_reader);
        rc = 1;
    } else {
        *record = c->record;
    }
    return leave_loader(q, rc);
}

/* Under the mutex. */
static void finish_chunk(struct queue *q, struct queue_chunk *c)
{
    clear_chunk(q, c);
    q->unfinished--;
    if (c == q->last)
        c->passed_over = true;
    else
        free(c);
    pthread_cond_signal(&q->to_reader);
}

void queue_done(struct queue *q, struct queue_chunk *c, uint64_t rows, uint64_t bytes)
{
    pthread_mutex_lock(&q->mutex);
    q->tables[c->table].rows += rows;
    q->tables[c->table].bytes += bytes;
    finish_chunk(q, c);
    pthread_mutex_unlock(&q->mutex);
}

/* Under the mutex. */
static void fail(struct queue *q)
{
    if (q->failed)
        return;
    q->failed = true;
    q->error = strdup(error_text());
    pthread_cond_broadcast(&q->to_reader);
    pthread_cond_broadcast(&q->to_loaders);
    if (write(q->stop_pipe[1], "", 1) < 0)
        error_set_errno("cannot write to a pipe"); /* it is empty, and has room */
}

void queue_refuse(struct queue *q, struct queue_chunk *c)
{
    struct queue_table *table = &q->tables[c->table];

    pthread_mutex_lock(&q->mutex);
    if (table->error == NULL && (table->error = strdup(error_text())) == NULL)
        fail(q);
    finish_chunk(q, c);
    pthread_mutex_unlock(&q->mutex);
}

bool queue_leave(struct queue *q)
{
    bool others;

    pthread_mutex_lock(&q->mutex);
    others = q->n_loaders > 1;
    if (others)
        q->n_loaders--;
    pthread_mutex_unlock(&q->mutex);
    return others;
}

void queue_fail(struct queue *q)
{
    pthread_mutex_lock(&q->mutex);
    fail(q);
    pthread_mutex_unlock(&q->mutex);
}

bool queue_has_failed(struct queue *q)
{
    pthread_mutex_lock(&q->mutex);
    return leave_reader(q) != 0;
}

int queue_stop_fd(const struct queue *q)
{
    return q->stop_pipe[0];
}
