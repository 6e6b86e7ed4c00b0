#include "tailnet/send.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "tailnet/peer.h"

/* How often it is looked after tailscale. */
#define LOOK_MS 200

/* So long nothing moves before the attempt is given up. */
#define STALL_MS 30000

/* What may have been taken and not yet sent: it leaves at the pace of what came before. */
#define ON_ITS_WAY (8 * 1024 * 1024)

/* For that it has no more time than this, and then as long again for each but the last of these
 * answers: what was resumed came at a pace that says nothing. */
#define LONGEST_WAY_MS (10 * 60 * 1000)
#define MOST_ANSWERS   4

struct sending {
    struct tailnet_node *node;
    const char *host;
    const struct tailnet_source *source;
    int wait_s;
    struct child *child;
    struct buf said;
    struct feed feed;
    int64_t started; /* in ms */
    int64_t moved;   /* when a byte was taken last, there was none to take, or the host woke */
    int64_t ended;   /* when all was taken */
    int64_t looked;
    int answers; /* of the host in turn, while nothing moved */
};

static int start(struct sending *s, const char *name)
{
    char *target = tailnet_peer_target(s->host);
    const char *args[] = {"file", "cp", "--name", name, s->feed.argument, target, NULL};

    if (target != NULL)
        s->child = tailnet_node_command(s->node, args, s->feed.files);
    feed_started(&s->feed);
    free(target);
    return s->child != NULL ? 0 : -1;
}

/* Returns 1 while tailscale runs, 0 when it has done its work, -1 with the error set. */
static int look(struct sending *s, int timeout_ms)
{
    int rc = child_attend(s->child, &s->said, timeout_ms);

    s->looked = clock_ms();
    /* A file has a length, and it has taken that. */
    if (rc == 0 && !s->feed.ended && feed_is_stream(&s->feed))
        rc = error_set("tailscale has ended before it had everything");
    if (rc < 0 && interrupt_awaited())
        return interrupt_error();
    /* Whoever ends all this says so there. */
    if (rc == 1 && s->source->wait(s->source->self, s->feed.offset, 0) != 0)
        return -1;
    return rc;
}

/* How long nothing may move, in ms: with all taken, what is on its way needs its time. */
static int64_t patience(const struct sending *s)
{
    const uint64_t taken = s->feed.offset;
    int64_t on_its_way = s->ended - s->started - s->feed.waited;

    if (!s->feed.ended)
        return STALL_MS;
    if (taken > ON_ITS_WAY)
        on_its_way = on_its_way * ON_ITS_WAY / (int64_t)taken;
    return STALL_MS + (on_its_way < LONGEST_WAY_MS ? on_its_way : LONGEST_WAY_MS);
}

/*
 * Where all was taken: the receiver may have it, and an attempt that is broken off would bring it a
 * second file. So a host that does not answer is taken to be asleep, and one that does has time to
 * say that it has everything. Returns 0, or -1 with the error set.
 */
static int check_asleep(struct sending *s)
{
    struct buf path = {0};
    bool answers = tailnet_peer_ping(s->node, s->host, &path) == 0;

    buf_free(&path);
    if (!answers && clock_ms() - s->moved > patience(s) + s->wait_s * INT64_C(1000))
        return error_add_context("it has not said whether it has everything");
    if (!answers) {
        s->answers = 0;
        return 0;
    }
    s->moved = clock_ms();
    if (++s->answers < MOST_ANSWERS)
        return 0;
    return error_set("the connection stalls: it answers, and does not say that it has everything");
}

static int check_stall(struct sending *s)
{
    if (clock_ms() - s->moved <= patience(s))
        return 0;
    if (s->feed.ended)
        return check_asleep(s);
    return error_set("the connection stalls: nothing was taken for %d s", STALL_MS / 1000);
}

/* Has it go on. Returns 0, or -1 with the error set. */
static int move(struct sending *s)
{
    int moved =
        feed_is_stream(&s->feed) ? feed_give(&s->feed, LOOK_MS) : feed_watch(&s->feed, s->child);

    if (moved > 0)
        s->moved = clock_ms();
    if (s->feed.ended)
        s->ended = s->moved;
    return moved < 0 ? -1 : 0;
}

static int run(struct sending *s)
{
    for (;;) {
        bool all_given = s->feed.ended || s->feed.refused;
        bool only_looks = all_given || !feed_is_stream(&s->feed);
        int rc = 1;

        if (only_looks || clock_ms() - s->looked >= LOOK_MS)
            rc = look(s, only_looks ? LOOK_MS : 0);
        if (rc != 1)
            return rc;
        /* It may have ended well while that was found out. */
        if (check_stall(s) != 0)
            return look(s, 0) == 0 ? 0 : -1;
        if (!all_given && move(s) != 0)
            return -1;
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
    };
    int rc = -1;

    if (feed_open(&s.feed, source) != 0)
        return -1;
    s.started = s.moved = s.looked = clock_ms();
    if (start(&s, name) == 0)
        rc = run(&s);
    if (rc != 0 && s.child != NULL)
        child_kill(s.child);
    child_free(s.child);
    feed_close(&s.feed);
    buf_free(&s.said);
    return rc;
}
