#include "flow/window.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"

/* How many chunks may be begun; small ones cost next to nothing while they wait. */
#define N_SLOTS 256

/* How much of the head's waits for the emitter. */
#define HEAD_WAITING (512 * 1024)

struct piece {
    struct piece *next;
    size_t len;
    unsigned char *bytes;
};

/* A chunk on its way. */
struct slot {
    struct piece *first;
    struct piece **end; /* where the next one is hung */
    size_t waiting;     /* bytes */
    bool finished;
    struct archive_record record;
};

/*
 * Under the mutex: head <= next <= head + N_SLOTS, and the chunks head to next - 1 have a slot
 * each, slots[chunk % N_SLOTS]; all others are empty. `buffered` is the sum of what waits in them.
 * Since chunks are taken in order, the head has always been taken before any other waits, and its
 * worker never waits for another: so the window always moves on.
 */
struct window {
    pthread_mutex_t mutex;
    pthread_cond_t to_workers; /* head, buffered or failed has changed */
    pthread_cond_t to_emitter; /* the head has a piece, or is finished, or failed has changed */
    size_t n_chunks;
    size_t head;
    size_t next;
    size_t buffered;
    size_t budget;
    size_t n_workers;
    bool failed;
    char *error;      /* of the first that failed; NULL for lack of memory */
    int stop_pipe[2]; /* a byte in it: failed */
    struct slot slots[N_SLOTS];
};

static void clear_slot(struct slot *s)
{
    while (s->first != NULL) {
        struct piece *p = s->first;

        s->first = p->next;
        free(p->bytes);
        free(p);
    }
    *s = (struct slot){0};
    s->end = &s->first;
}

struct window *window_new(size_t n_chunks, size_t n_workers, size_t budget)
{
    struct window *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        error_set("out of memory");
        return NULL;
    }
    if (os_pipe(w->stop_pipe) != 0) {
        free(w);
        return NULL;
    }
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->to_workers, NULL);
    pthread_cond_init(&w->to_emitter, NULL);
    w->n_chunks = n_chunks;
    w->n_workers = n_workers;
    w->budget = budget;
    for (size_t i = 0; i < N_SLOTS; i++)
        w->slots[i].end = &w->slots[i].first;
    return w;
}

void window_free(struct window *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < N_SLOTS; i++)
        clear_slot(&w->slots[i]);
    close(w->stop_pipe[0]);
    close(w->stop_pipe[1]);
    pthread_cond_destroy(&w->to_emitter);
    pthread_cond_destroy(&w->to_workers);
    pthread_mutex_destroy(&w->mutex);
    free(w->error);
    free(w);
}

static struct slot *slot_of(struct window *w, size_t chunk)
{
    return &w->slots[chunk % N_SLOTS];
}

/* Unlocks. */
static int leave_locked(struct window *w, int rc)
{
    bool failed = w->failed;

    pthread_mutex_unlock(&w->mutex);
    return failed ? error_set("another part of the dump has failed") : rc;
}

int window_take(struct window *w, size_t *chunk)
{
    bool is_one;

    pthread_mutex_lock(&w->mutex);
    while (!w->failed && w->next < w->n_chunks && w->next - w->head == N_SLOTS)
        pthread_cond_wait(&w->to_workers, &w->mutex);
    is_one = !w->failed && w->next < w->n_chunks;
    if (is_one)
        *chunk = w->next++;
    return leave_locked(w, is_one);
}

/* Whether one more piece has to wait before it can wait in the window. */
static bool is_full(struct window *w, size_t chunk, size_t len)
{
    if (chunk == w->head)
        return slot_of(w, chunk)->waiting > HEAD_WAITING;
    return w->buffered + len > w->budget;
}

int window_put(struct window *w, size_t chunk, unsigned char *bytes, size_t len)
{
    struct piece *p = malloc(sizeof(*p));
    struct slot *s = slot_of(w, chunk);

    if (p == NULL) {
        free(bytes);
        return error_set("out of memory");
    }
    *p = (struct piece){.bytes = bytes, .len = len};
    pthread_mutex_lock(&w->mutex);
    while (!w->failed && is_full(w, chunk, len))
        pthread_cond_wait(&w->to_workers, &w->mutex);
    *s->end = p;
    s->end = &p->next;
    s->waiting += len;
    w->buffered += len;
    if (chunk == w->head)
        pthread_cond_signal(&w->to_emitter);
    return leave_locked(w, 0);
}

bool window_is_head(struct window *w, size_t chunk)
{
    bool is_head;

    pthread_mutex_lock(&w->mutex);
    is_head = chunk == w->head;
    pthread_mutex_unlock(&w->mutex);
    return is_head;
}

int window_await_head(struct window *w, size_t chunk)
{
    pthread_mutex_lock(&w->mutex);
    while (!w->failed && chunk != w->head)
        pthread_cond_wait(&w->to_workers, &w->mutex);
    return leave_locked(w, 0);
}

int window_finish(struct window *w, size_t chunk, const struct archive_record *record)
{
    struct slot *s = slot_of(w, chunk);

    pthread_mutex_lock(&w->mutex);
    s->record = *record;
    s->finished = true;
    if (chunk == w->head)
        pthread_cond_signal(&w->to_emitter);
    return leave_locked(w, 0);
}

bool window_leave(struct window *w)
{
    bool others;

    pthread_mutex_lock(&w->mutex);
    others = w->n_workers > 1;
    if (others)
        w->n_workers--;
    pthread_mutex_unlock(&w->mutex);
    return others;
}

void window_fail(struct window *w)
{
    pthread_mutex_lock(&w->mutex);
    if (!w->failed) {
        w->failed = true;
        w->error = strdup(error_text());
        pthread_cond_broadcast(&w->to_workers);
        pthread_cond_broadcast(&w->to_emitter);
        if (write(w->stop_pipe[1], "", 1) < 0)
            error_set_errno("cannot write to a pipe"); /* it is empty, and has room */
    }
    pthread_mutex_unlock(&w->mutex);
}

int window_stop_fd(const struct window *w)
{
    return w->stop_pipe[0];
}

/* Takes the head's first piece out. */
static void take_piece(struct window *w, struct slot *s, unsigned char **bytes, size_t *len)
{
    struct piece *p = s->first;

    s->first = p->next;
    if (s->first == NULL)
        s->end = &s->first;
    s->waiting -= p->len;
    w->buffered -= p->len;
    *bytes = p->bytes;
    *len = p->len;
    free(p);
}

int window_next(struct window *w, unsigned char **bytes, size_t *len, struct archive_record *record)
{
    struct slot *s;
    int rc = -1;

    pthread_mutex_lock(&w->mutex);
    s = slot_of(w, w->head);
    while (!w->failed && s->first == NULL && !s->finished)
        pthread_cond_wait(&w->to_emitter, &w->mutex);
    if (w->failed) {
        error_set("%s", w->error != NULL ? w->error : "out of memory");
    } else if (s->first != NULL) {
        take_piece(w, s, bytes, len);
        rc = 1;
    } else {
        *record = s->record;
        clear_slot(s);
        w->head++;
        rc = 0;
    }
    pthread_cond_broadcast(&w->to_workers);
    pthread_mutex_unlock(&w->mutex);
    return rc;
}
