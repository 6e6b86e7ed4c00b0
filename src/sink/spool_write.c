/*
 * The writer's side of the spool: it cuts the drop into parts, and waits for room.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "sink/room.h"
#include "sink/spool_parts.h"

/* So often it is looked for room while nothing waits, that is for 5 seconds: some file systems give
 * it back only a while after a file has gone. */
#define NO_ROOM_LOOKS (5000 / SPOOL_LOOK_MS)

#define MB 1000000

bool spool_has_parts(const struct spool *s)
{
    return s->part_size != ROOM_ONE_FILE;
}

int spool_plan(struct spool *s, uint64_t upper, uint64_t part_size)
{
    uint64_t room;

    if (s->begun > 0)
        return error_set("parts cannot be planned when the drop has begun");
    if (room_free(s->folder, &room) != 0)
        return -1;
    s->spare = room_spare(room);
    s->part_size = part_size > 0 ? part_size : room_part_size(room, upper);
    if (s->part_size == 0)
        return error_set("%s has room for only %llu kB: free some, or name another folder with "
                         "--spool",
                         s->folder, (unsigned long long)(room / 1000));
    if (part_size == 0 && spool_has_parts(s))
        log_info("%s has room for %llu MB, and the drop may have %llu MB: it goes in parts of "
                 "%llu MB",
                 s->folder, (unsigned long long)(room / MB), (unsigned long long)(upper / MB),
                 (unsigned long long)(s->part_size / MB));
    return 0;
}

static int full_error(const struct spool *s, int reason)
{
    return error_set("%s takes no more than %llu MB of the drop (%s): name a larger folder with "
                     "--spool, or have it delivered in parts with --part-size",
                     s->folder, (unsigned long long)(s->bytes / MB), strerror(reason));
}

/* Writes 1 to len bytes behind those that the part has. Returns how many; 0 with errno set where it
 * takes no more; -1 with the error set. */
static ssize_t write_behind(const struct spool *s, const struct part *p, const void *buf,
                            size_t len)
{
    ssize_t n;

    if (len > s->part_size - p->size)
        len = (size_t)(s->part_size - p->size);
    n = room_write(s->folder, p->fd, p->size, buf, len);
    if (n > 0)
        room_passed(p->fd, p->size, p->size + (uint64_t)n);
    return n == 0 && !spool_has_parts(s) ? full_error(s, errno) : n;
}

/* Under the mutex: the last part has n more bytes. It ends where these were none, or the last. */
static void add_written(struct spool *s, size_t n)
{
    struct part *p = spool_part(s, s->begun - 1);

    p->size += n;
    s->bytes += n;
    s->kept += n;
    s->growing = n > 0 && p->size < s->part_size;
    spool_free_delivered(s);
    pthread_cond_broadcast(&s->to_readers);
}

/* Writes to the part that is growing. Returns how many bytes, 0 where it has ended instead, -1 with
 * the error set. */
static ssize_t grow_part(struct spool *s, const void *buf, size_t len)
{
    ssize_t n = write_behind(s, spool_part(s, s->begun - 1), buf, len);

    pthread_mutex_lock(&s->mutex);
    if (n >= 0)
        add_written(s, (size_t)n);
    if (spool_check(s) != 0)
        n = -1;
    pthread_mutex_unlock(&s->mutex);
    return n;
}

/* Whether a file that cannot be made may be possible when a part is freed. */
static bool is_passing(int reason)
{
    return reason == ENOSPC || reason == EDQUOT || reason == EMFILE || reason == ENFILE;
}

/* Begins a part with some of these bytes. Returns how many; 0 with errno set where it is too early;
 * -1 with the error set. */
static ssize_t try_part(struct spool *s, const void *buf, size_t len)
{
    struct part p = {.fd = room_file(s->folder)};
    ssize_t n;
    int reason;

    if (p.fd < 0)
        return spool_has_parts(s) && is_passing(errno) ? 0 : -1;
    n = write_behind(s, &p, buf, len);
    if (n <= 0) {
        reason = errno;
        room_close(p.fd);
        errno = reason;
        return n;
    }
    pthread_mutex_lock(&s->mutex);
    *spool_part(s, s->begun++) = p;
    add_written(s, (size_t)n);
    pthread_mutex_unlock(&s->mutex);
    return n;
}

/* What keeps a part from beginning. */
struct hold {
    size_t freed;
    size_t waiting;  /* parts that are not delivered */
    uint64_t kept;   /* their bytes */
    int reason;      /* an errno */
    int empty_looks; /* how often in turn nothing was waiting */
};

static int look(struct spool *s, struct hold *h)
{
    int rc;

    pthread_mutex_lock(&s->mutex);
    h->freed = s->freed;
    h->waiting = s->begun - s->freed;
    h->kept = s->kept;
    rc = spool_check(s);
    pthread_mutex_unlock(&s->mutex);
    return rc;
}

/* Whether to try a part: where others wait if there is room for a whole one, else if there is room
 * worth one. Returns 1; 0 with errno set; -1 with the error set. */
static int has_room(const struct spool *s, const struct hold *h)
{
    uint64_t room;

    if (!spool_has_parts(s))
        return 1;
    if (h->waiting == SPOOL_SLOTS) {
        errno = EMFILE;
        return 0;
    }
    if (room_free(s->folder, &room) != 0)
        return -1;
    errno = ENOSPC;
    if (h->waiting > 0)
        return room >= s->spare && room - s->spare >= s->part_size;
    return room >= ROOM_LEAST_PART || room >= s->part_size;
}

static void tell(const struct spool *s, const struct hold *h)
{
    if (h->waiting == SPOOL_SLOTS)
        log_info("%zu parts wait in %s, and no more can: the snapshot of the database is held "
                 "until one is delivered; larger parts (--part-size) avoid that",
                 h->waiting, s->folder);
    else
        log_info("%s is full, with %llu MB that wait there (%s): the snapshot of the database is "
                 "held until some are delivered; a larger folder (--spool) avoids that",
                 s->folder, (unsigned long long)(h->kept / MB), strerror(h->reason));
}

static int check_empty(const struct spool *s, struct hold *h)
{
    if (h->empty_looks++ < NO_ROOM_LOOKS)
        return 0;
    return error_set("%s has no room for more of the drop (%s), and nothing of it waits there: "
                     "free some, or name another folder with --spool",
                     s->folder, strerror(h->reason));
}

/* Waits until a part is freed, or it is time to look again. Returns 0, or -1 with the error set. */
static int hold_on(struct spool *s, struct hold *h)
{
    if (h->waiting == 0 && check_empty(s, h) != 0)
        return -1;
    if (h->waiting > 0) {
        h->empty_looks = 0;
        if (!s->hold_told)
            tell(s, h);
        s->hold_told = true;
    }
    pthread_mutex_lock(&s->mutex);
    if (s->freed == h->freed && !s->stopped)
        os_cond_wait(&s->to_writer, &s->mutex, SPOOL_LOOK_MS);
    pthread_mutex_unlock(&s->mutex);
    return 0;
}

static ssize_t begin_part(struct spool *s, const void *buf, size_t len)
{
    struct hold h = {0};

    for (;;) {
        ssize_t n = look(s, &h) != 0 ? -1 : has_room(s, &h);

        if (n > 0)
            n = try_part(s, buf, len);
        if (n != 0)
            return n;
        h.reason = errno;
        if (hold_on(s, &h) != 0)
            return -1;
    }
}

static int spool_write(void *self, const void *buf, size_t len)
{
    struct spool *s = self;
    const char *at = buf;

    while (len > 0) {
        ssize_t n = s->growing ? grow_part(s, at, len) : begin_part(s, at, len);

        if (n < 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

struct writer spool_writer(struct spool *s)
{
    return (struct writer){.write = spool_write, .self = s};
}

int spool_finish(struct spool *s)
{
    int rc;

    pthread_mutex_lock(&s->mutex);
    s->finished = true;
    s->growing = false;
    spool_free_delivered(s);
    pthread_cond_broadcast(&s->to_readers);
    rc = spool_check(s);
    pthread_mutex_unlock(&s->mutex);
    return rc;
}
