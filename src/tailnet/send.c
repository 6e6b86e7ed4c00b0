#include "tailnet/send.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
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

/* So long nothing moves before the attempt is given up. */
#define STALL_MS 30000

/* What may have been taken and not yet sent: it leaves at the pace of what came before. */
#define ON_ITS_WAY (8 * 1024 * 1024)

struct sending {
    struct tailnet_node *node;
    const char *host;
    const struct tailnet_source *source;
    int wait_s;
    struct child *child;
    struct buf said;
    int fd;
    uint64_t offset; /* bytes taken */
    int64_t started; /* in ms */
    int64_t moved;   /* when a byte was taken last, there was none to take, or the host woke */
    int64_t looked;
    int64_t patience; /* how long nothing may move, in ms */
    bool ended;       /* all bytes were taken, and tailscale knows */
    bool refused;     /* tailscale takes no more */
    bool sleeps;      /* the host does not answer */
    size_t at;        /* of the next byte in `piece`, which is the drop's at `offset` */
    size_t len;       /* how many there are from there on */
    char *piece;
};

/*
 * Tailscale reads its standard input from one end of a socket pair, and has the other end, into
 * which we write, open too: only shutdown() tells it that the file is complete, while our death
 * does not. Two ends of a pipe could not do that.
 */
static int start(struct sending *s, const char *name)
{
    char *target = tailnet_peer_target(s->host);
    const char *args[] = {"file", "cp", "--name", name, "-", target, NULL};
    int ends[2];

    if (target == NULL || os_socket_pair(ends) != 0) {
        free(target);
        return -1;
    }
    s->child = tailnet_node_command(
        s->node, args, (struct child_files){.input = ends[0], .output = -1, .inherit = ends[1]});
    free(target);
    close(ends[0]);
    s->fd = ends[1];
    return s->child != NULL ? 0 : -1;
}

/* Returns 1 while tailscale runs, 0 when it has done its work, -1 with the error set. */
static int look(struct sending *s, int timeout_ms)
{
    int rc = child_attend(s->child, &s->said, timeout_ms);

    s->looked = clock_ms();
    if (rc == 0 && !s->ended)
        rc = error_set("tailscale has ended before it had everything");
    if (rc < 0 && interrupt_awaited())
        return interrupt_error();
    /* Whoever ends all this says so there. */
    if (rc == 1 && s->source->wait(s->source->self, s->offset, 0) != 0)
        return -1;
    return rc;
}

/* Where all was handed over: whether what does not move is due to a host that sleeps. Returns 0,
 * or -1 with the error set. */
static int check_asleep(struct sending *s)
{
    struct buf path = {0};
    bool answers = tailnet_peer_ping(s->node, s->host, &path) == 0;

    buf_free(&path);
    if (answers && !s->sleeps)
        return error_set("the connection stalls: the end has come to nothing for %d s",
                         (int)(s->patience / 1000));
    if (answers)
        s->moved = clock_ms();
    else if (clock_ms() - s->moved > s->patience + s->wait_s * INT64_C(1000))
        return error_add_context("it has not said whether it has everything");
    s->sleeps = !answers;
    return 0;
}

static int check_stall(struct sending *s)
{
    if (clock_ms() - s->moved <= s->patience)
        return 0;
    if (s->ended)
        return check_asleep(s);
    return error_set("the connection stalls: nothing was taken for %d s", STALL_MS / 1000);
}

static int end(struct sending *s)
{
    const uint64_t on_its_way = s->offset < ON_ITS_WAY ? s->offset : ON_ITS_WAY;

    if (s->offset > 0)
        s->patience += (s->moved - s->started) * (int64_t)on_its_way / (int64_t)s->offset;
    s->ended = true;
    if (shutdown(s->fd, SHUT_WR) != 0)
        return error_set_errno("cannot end what tailscale reads");
    return 0;
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
    s->at = 0;
    s->len = (size_t)n;
    if (n > 0)
        return 1;
    s->moved = clock_ms();
    if (ends)
        return end(s);
    return s->source->wait(s->source->self, s->offset, LOOK_MS) != 0 ? -1 : 0;
}

/* Gives tailscale what it takes. */
static void push(struct sending *s)
{
    ssize_t n = send(s->fd, s->piece + s->at, s->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    struct pollfd fd = {.fd = s->fd, .events = POLLOUT};

    if (n > 0) {
        s->offset += (uint64_t)n;
        s->at += (size_t)n;
        s->len -= (size_t)n;
        s->moved = clock_ms();
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) {
        poll(&fd, 1, LOOK_MS);
    } else if (n < 0 && errno != EINTR) {
        /* It has closed its standard input: its own words will say why. */
        s->refused = true;
    }
}

static int run(struct sending *s)
{
    for (;;) {
        bool all_given = s->ended || s->refused;
        int rc = 1;

        if (all_given || clock_ms() - s->looked >= LOOK_MS)
            rc = look(s, all_given ? LOOK_MS : 0);
        if (rc != 1)
            return rc;
        if (check_stall(s) != 0)
            return -1;
        if (all_given)
            continue;
        rc = fill(s);
        if (rc < 0)
            return -1;
        if (rc > 0)
            push(s);
    }
}

int tailnet_send(struct tailnet_node *node, const char *host, const char *name,
                 const struct tailnet_source *source, int wait_s)
{
    struct sending s = {
        .node = node,
        .host = host,
        .source = source,
        .wait_s = wait_s,
        .fd = -1,
        .patience = STALL_MS,
        .piece = malloc(PIECE),
    };
    int rc = -1;

    if (s.piece == NULL)
        return error_set("out of memory");
    s.started = s.moved = s.looked = clock_ms();
    if (start(&s, name) == 0)
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
