#include "tailnet/send.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/os.h"
#include "tailnet/peer.h"

#define PIECE (256 * 1024)

/* How often it is looked after tailscale. */
#define LOOK_MS 200

/* So long nothing at all is taken before the attempt is given up. */
#define STALL_MS 30000

/* What may have been taken and not yet sent: it leaves at the pace of what came before. */
#define ON_ITS_WAY (8 * 1024 * 1024)

/* Signals may reach our children before us: one that has died is given so long to be explained. */
#define SIGNAL_MS 1000

struct sending {
    const struct tailnet_source *source;
    struct child *child;
    struct buf said;
    int fd;
    uint64_t offset; /* bytes taken */
    int64_t started; /* in ms */
    int64_t moved;   /* when a byte was taken last, or there was none to take */
    int64_t looked;
    bool ended; /* all bytes were taken, and tailscale knows */
    size_t len; /* bytes in `piece`, which begin at `offset` */
    char *piece;
};

/*
 * Tailscale reads its standard input from one end of a socket pair, and has the other end, into
 * which we write, open too: only shutdown() tells it that the file is complete, while our death
 * does not. Two ends of a pipe could not do that.
 */
static int start(struct sending *s, struct tailnet_node *node, const char *host, const char *name)
{
    char *target = tailnet_peer_target(host);
    const char *args[] = {"file", "cp", "--name", name, "-", target, NULL};
    int ends[2];

    if (target == NULL || os_socket_pair(ends) != 0) {
        free(target);
        return -1;
    }
    s->child = tailnet_node_command(
        node, args, (struct child_files){.input = ends[0], .output = -1, .inherit = ends[1]});
    free(target);
    close(ends[0]);
    s->fd = ends[1];
    return s->child != NULL ? 0 : -1;
}

/* Returns 1 while tailscale runs, 0 when it has done its work, -1 with the error set. */
static int look(struct sending *s, int timeout_ms)
{
    int rc = child_attend(s->child, &s->said, timeout_ms);
    struct pollfd signals = {.fd = interrupt_fd(), .events = POLLIN};

    s->looked = clock_ms();
    if (rc == 0 && !s->ended)
        rc = error_set("tailscale has ended before it had everything");
    if (rc < 0 && poll(&signals, 1, SIGNAL_MS) > 0 && interrupt_signal() != 0)
        return interrupt_error();
    return rc;
}

/* How long it may take until something moves, in ms. */
static int64_t patience(const struct sending *s)
{
    int64_t spent = s->moved - s->started;

    if (!s->ended || s->offset == 0)
        return STALL_MS;
    return STALL_MS + spent * ON_ITS_WAY / (int64_t)s->offset;
}

static int check_stall(const struct sending *s)
{
    if (clock_ms() - s->moved <= patience(s))
        return 0;
    return error_set("the connection stalls: nothing was taken for %d s", STALL_MS / 1000);
}

/* Has the next bytes in `piece`. Returns 1; 0 where there are none at the moment; -1. */
static int fill(struct sending *s)
{
    bool ends = false;
    ssize_t n;

    if (s->len > 0)
        return 1;
    n = s->source->read(s->source->self, s->offset, s->piece, PIECE, &ends);
    if (n < 0)
        return -1;
    s->len = (size_t)n;
    if (n > 0)
        return 1;
    s->moved = clock_ms();
    if (!ends)
        return s->source->wait(s->source->self, s->offset, LOOK_MS) != 0 ? -1 : 0;
    s->ended = true;
    if (shutdown(s->fd, SHUT_WR) != 0)
        return error_set_errno("cannot end what tailscale reads");
    return 0;
}

/* Gives tailscale what it takes. */
static int push(struct sending *s)
{
    ssize_t n = send(s->fd, s->piece, s->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    struct pollfd fd = {.fd = s->fd, .events = POLLOUT};

    if (n > 0) {
        s->offset += (uint64_t)n;
        s->len -= (size_t)n;
        memmove(s->piece, s->piece + n, s->len);
        s->moved = clock_ms();
        return 0;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) {
        poll(&fd, 1, LOOK_MS);
        return 0;
    }
    /* It has closed its standard input: its own words say why. */
    return n < 0 && errno != EINTR && look(s, STALL_MS) != 0 ? -1 : 0;
}

static int run(struct sending *s)
{
    for (;;) {
        int rc = 1;

        if (s->ended)
            rc = look(s, LOOK_MS);
        else if (clock_ms() - s->looked >= LOOK_MS)
            rc = look(s, 0);
        if (rc != 1)
            return rc;
        if (check_stall(s) != 0)
            return -1;
        if (s->ended)
            continue;
        rc = fill(s);
        if (rc < 0 || (rc > 0 && push(s) != 0))
            return -1;
    }
}

int tailnet_send(struct tailnet_node *node, const char *host, const char *name,
                 const struct tailnet_source *source)
{
    struct sending s = {.source = source, .fd = -1, .piece = malloc(PIECE)};
    int rc = -1;

    if (s.piece == NULL)
        return error_set("out of memory");
    s.started = s.moved = s.looked = clock_ms();
    if (start(&s, node, host, name) == 0)
        rc = run(&s);
    /* First, so that nothing that is closed here can look like the end of the file. */
    if (rc != 0 && s.child != NULL)
        child_kill(s.child);
    child_free(s.child);
    if (s.fd >= 0)
        close(s.fd);
    buf_free(&s.said);
    free(s.piece);
    return rc;
}
