#include "sink/spool.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/os.h"
#include "sink/room.h"
#include "sink/spool_parts.h"

struct spool *spool_new(const char *folder, size_t n_readers)
{
    struct spool *s;

    if (room_check(folder) != 0)
        return NULL;
    s = calloc(1, sizeof(*s) + n_readers * sizeof(s->done[0]));
    if (s == NULL || (s->folder = strdup(folder)) == NULL) {
        free(s);
        error_set("out of memory");
        return NULL;
    }
    pthread_mutex_init(&s->mutex, NULL);
    os_cond_init(&s->to_readers);
    os_cond_init(&s->to_writer);
    s->part_size = ROOM_ONE_FILE;
    s->n_readers = n_readers;
    return s;
}

struct part *spool_part(struct spool *s, size_t index)
{
    return &s->parts[index % SPOOL_SLOTS];
}

/* Frees the first part that has a file. */
static void free_part(struct spool *s)
{
    struct part *p = spool_part(s, s->freed);

    room_close(p->fd);
    s->kept -= p->size;
    s->freed++;
}

void spool_free_delivered(struct spool *s)
{
    size_t end = s->growing ? s->begun - 1 : s->begun;

    for (size_t i = 0; i < s->n_readers; i++)
        if (s->done[i] < end)
            end = s->done[i];
    if (s->freed < end)
        pthread_cond_broadcast(&s->to_writer);
    while (s->freed < end)
        free_part(s);
}

void spool_free(struct spool *s)
{
    if (s == NULL)
        return;
    while (s->freed < s->begun)
        free_part(s);
    pthread_cond_destroy(&s->to_writer);
    pthread_cond_destroy(&s->to_readers);
    pthread_mutex_destroy(&s->mutex);
    free(s->error);
    free(s->folder);
    free(s);
}

void spool_stop(struct spool *s)
{
    pthread_mutex_lock(&s->mutex);
    if (!s->stopped) {
        s->stopped = true;
        s->error = strdup(error_text());
        pthread_cond_broadcast(&s->to_readers);
        pthread_cond_broadcast(&s->to_writer);
    }
    pthread_mutex_unlock(&s->mutex);
}

int spool_check(const struct spool *s)
{
    if (s->stopped)
        return error_set("%s", s->error != NULL ? s->error : "out of memory");
    return interrupt_signal() != 0 ? interrupt_error() : 0;
}

bool spool_is_read(struct spool *s)
{
    bool is_read = false;

    pthread_mutex_lock(&s->mutex);
    for (size_t i = 0; i < s->n_readers && !is_read; i++)
        is_read = s->done[i] != SPOOL_ALL;
    pthread_mutex_unlock(&s->mutex);
    return is_read;
}

uint64_t spool_bytes(struct spool *s)
{
    uint64_t bytes;

    pthread_mutex_lock(&s->mutex);
    bytes = s->bytes;
    pthread_mutex_unlock(&s->mutex);
    return bytes;
}

/* A part as a reader sees it. */
struct view {
    int fd;
    uint64_t size;
    bool complete; /* also where the drop has ended before it */
};

/* Under the mutex. Returns 0, or -1 with the error set. */
static int look(struct spool *s, size_t index, struct view *v)
{
    if (spool_check(s) != 0)
        return -1;
    if (index < s->freed)
        return error_set("the drop's part %zu is not in the spool any more", index + 1);
    *v = (struct view){.fd = -1, .complete = s->finished};
    if (index < s->begun) {
        v->fd = spool_part(s, index)->fd;
        v->size = spool_part(s, index)->size;
        v->complete = index + 1 < s->begun || !s->growing;
    }
    return 0;
}

/* Under the mutex. Waits as spool_wait() does, and returns how it looks then. */
static int await(struct spool *s, size_t index, uint64_t offset, int timeout_ms, struct view *v)
{
    int64_t end = clock_ms() + timeout_ms;
    int64_t left = SPOOL_LOOK_MS;
    int rc;

    while ((rc = look(s, index, v)) == 0 && v->size <= offset && !v->complete) {
        if (timeout_ms >= 0)
            left = end - clock_ms();
        if (left <= 0)
            break;
        os_cond_wait(&s->to_readers, &s->mutex, left < SPOOL_LOOK_MS ? (int)left : SPOOL_LOOK_MS);
    }
    return rc;
}

int spool_wait(struct spool *s, size_t index, uint64_t offset, int timeout_ms)
{
    struct view v;
    int rc;

    pthread_mutex_lock(&s->mutex);
    rc = await(s, index, offset, timeout_ms, &v);
    pthread_mutex_unlock(&s->mutex);
    return rc;
}

int spool_await_part(struct spool *s, size_t reader, size_t index)
{
    struct view v;
    int rc;

    pthread_mutex_lock(&s->mutex);
    if (index < s->done[reader])
        rc = error_set("the drop's part %zu was given up", index + 1);
    else
        rc = await(s, index, 0, -1, &v);
    pthread_mutex_unlock(&s->mutex);
    return rc != 0 ? -1 : v.size > 0;
}

ssize_t spool_read(struct spool *s, size_t index, uint64_t offset, void *buf, size_t len,
                   enum spool_state *state)
{
    struct view v;
    int rc;

    pthread_mutex_lock(&s->mutex);
    rc = look(s, index, &v);
    pthread_mutex_unlock(&s->mutex);
    if (rc != 0)
        return -1;
    *state = v.complete ? SPOOL_END : SPOOL_LATER;
    if (offset >= v.size)
        return 0;
    if (len > v.size - offset)
        len = (size_t)(v.size - offset);
    /* The reader is not done with the part, so nobody closes it meanwhile. */
    return room_read(s->folder, v.fd, offset, buf, len);
}

int spool_file(struct spool *s, size_t index, uint64_t *size)
{
    struct view v;
    int rc;

    pthread_mutex_lock(&s->mutex);
    rc = look(s, index, &v);
    pthread_mutex_unlock(&s->mutex);
    if (rc != 0 || !v.complete)
        return -1;
    *size = v.size;
    return v.fd;
}

void spool_passed(struct spool *s, size_t index, uint64_t from, uint64_t to)
{
    int fd;

    pthread_mutex_lock(&s->mutex);
    fd = spool_part(s, index)->fd;
    pthread_mutex_unlock(&s->mutex);
    room_passed(fd, from, to);
}

void spool_done(struct spool *s, size_t reader, size_t index)
{
    size_t done = index == SPOOL_ALL ? SPOOL_ALL : index + 1;

    pthread_mutex_lock(&s->mutex);
    if (s->done[reader] < done)
        s->done[reader] = done;
    spool_free_delivered(s);
    pthread_mutex_unlock(&s->mutex);
}
