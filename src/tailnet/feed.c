#include "tailnet/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"

#define PIECE (256 * 1024)

static bool open_file(struct feed *f)
{
    const int fd = f->source->file(f->source->self, &f->size);

    if (fd < 0 || !os_reopen_path(fd, f->argument, sizeof(f->argument)))
        return false;
    f->inherited = fd;
    f->files =
        (struct child_files){.input = -1, .output = -1, .inherit = &f->inherited, .n_inherit = 1};
    return true;
}

/*
 * Tailscale reads its standard input from one end of a socket pair, and has the other end, into
 * which we write, open too: only shutdown() tells it that the file is complete, while our death
 * does not. Two ends of a pipe could not do that.
 */
static int open_stream(struct feed *f)
{
    int ends[2];

    f->piece = malloc(PIECE);
    if (f->piece == NULL)
        return error_set("out of memory");
    if (os_socket_pair(ends) != 0) {
        free(f->piece);
        return -1;
    }
    strcpy(f->argument, "-");
    f->inherited = f->fd = ends[1];
    f->files = (struct child_files){
        .input = ends[0], .output = -1, .inherit = &f->inherited, .n_inherit = 1};
    return 0;
}

int feed_open(struct feed *f, const struct tailnet_source *source)
{
    *f = (struct feed){.source = source, .fd = -1};
    return open_file(f) ? 0 : open_stream(f);
}

void feed_started(struct feed *f)
{
    if (feed_is_stream(f))
        close(f->files.input);
}

bool feed_is_stream(const struct feed *f)
{
    return f->fd >= 0;
}

static void note_taken(struct feed *f, uint64_t offset)
{
    f->offset = offset;
    f->source->taken(f->source->self, offset);
}

static int end(struct feed *f)
{
    f->ended = true;
    if (shutdown(f->fd, SHUT_WR) != 0)
        return error_set_errno("cannot end what tailscale reads");
    return 1;
}

/* Has the next bytes in `piece`, if there are any. Returns 0, or -1 with the error set. */
static int fill(struct feed *f, bool *ends)
{
    ssize_t n = f->source->read(f->source->self, f->offset, f->piece, PIECE, ends);

    if (n < 0)
        return -1;
    f->at = 0;
    f->len = (size_t)n;
    return 0;
}

/* Returns as feed_give() does. */
static int push(struct feed *f, int timeout_ms)
{
    ssize_t n = send(f->fd, f->piece + f->at, f->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    struct pollfd fd = {.fd = f->fd, .events = POLLOUT};

    if (n > 0) {
        f->at += (size_t)n;
        f->len -= (size_t)n;
        note_taken(f, f->offset + (uint64_t)n);
        return 1;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
        poll(&fd, 1, timeout_ms);
    else if (n < 0 && errno != EINTR)
        f->refused = true; /* it has closed its standard input: its own words will say why */
    return 0;
}

int feed_give(struct feed *f, int timeout_ms)
{
    bool ends = false;
    int64_t began;
    int rc;

    if (f->len == 0 && fill(f, &ends) != 0)
        return -1;
    if (f->len > 0)
        return push(f, timeout_ms);
    if (ends)
        return end(f);
    began = clock_ms();
    rc = f->source->wait(f->source->self, f->offset, timeout_ms);
    f->waited += clock_ms() - began;
    return rc != 0 ? -1 : 1;
}

bool feed_watch(struct feed *f, const struct child *tailscale)
{
    const uint64_t offset = os_bytes_read(child_pid(tailscale), f->inherited);

    if (offset <= f->offset)
        return false;
    note_taken(f, offset);
    f->ended = offset >= f->size;
    return true;
}

void feed_close(struct feed *f)
{
    if (feed_is_stream(f))
        close(f->fd);
    free(f->piece);
}
