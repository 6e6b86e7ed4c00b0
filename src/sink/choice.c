#include "sink/choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "tailnet/advice.h"
#include "tailnet/peer.h"

#define NONE SIZE_MAX

int choice_init(struct choice *c, const struct choice_options *options)
{
    *c = (struct choice){.options = *options, .place = NONE};
    c->given_up = calloc(options->places->n, sizeof(*c->given_up));
    return c->given_up != NULL ? 0 : error_set("out of memory");
}

void choice_clear(struct choice *c)
{
    free(c->given_up);
}

const struct alternative *choice_place(const struct choice *c)
{
    return &c->options.places->items[c->place != NONE ? c->place : 0];
}

/* Whether a place may still be tried. */
static bool is_left(const struct choice *c, size_t at)
{
    return !c->given_up[at] && (!c->is_settled || at == c->place);
}

static bool any_left(const struct choice *c)
{
    for (size_t i = 0; i < c->options.places->n; i++)
        if (is_left(c, i))
            return true;
    return false;
}

static void give_up(struct choice *c, size_t at)
{
    c->given_up[at] = true;
    if (c->place == at && !c->is_settled)
        c->place = NONE;
    c->path_told = c->waiting_told = false;
}

/* Whether the machine answers. Returns 1 with the way to it in `path`; 0 where it may later, and
 * -1 where it never will, with the error set. */
static int ping(const struct choice *c, const struct alternative *machine, struct buf *path)
{
    if (tailnet_node_up(c->options.node) != 0)
        return -1;
    if (tailnet_peer_ping(c->options.node, machine->place, path) == 0)
        return 1;
    return tailnet_advise() ? -1 : 0;
}

/* Whether the place answers; where it never will, it is given up. */
static bool answers(struct choice *c, size_t at)
{
    const struct alternative *place = &c->options.places->items[at];
    struct buf path = {0};
    int rc;

    c->asked = at;
    if (!place->is_taildrop)
        return true;
    rc = ping(c, place, &path);
    if (rc > 0 && !c->path_told) {
        log_info("%s: %s", place->text, path.data);
        c->path_told = true;
    }
    buf_free(&path);
    if (rc < 0) {
        give_up(c, at);
        if (any_left(c))
            log_warn("%s: %s", place->text, error_text());
    }
    return rc > 0;
}

bool choice_find(struct choice *c)
{
    if (c->place != NONE && !c->given_up[c->place])
        return c->has_answered || answers(c, c->place);
    for (size_t i = 0; i < c->options.places->n; i++)
        if (is_left(c, i) && answers(c, i)) {
            c->place = i;
            return true;
        }
    return false;
}

/* The time to wait is over for the place that was tried, or where none has answered, for all. */
static void give_up_waiting(struct choice *c)
{
    if (c->place != NONE) {
        give_up(c, c->place);
        return;
    }
    for (size_t i = 0; i < c->options.places->n; i++)
        give_up(c, i);
}

/* The time that places are waited for begins, goes on or is over. Returns whether one is left, and
 * completes the error where none is. */
static bool note_trouble(struct choice *c)
{
    const bool has_others = c->options.places->n > 1 && !c->is_settled;
    const int64_t now = clock_ms();

    if (c->trouble_since == 0)
        c->trouble_since = now;
    if (now - c->trouble_since < (int64_t)c->options.wait_s * 1000)
        return true;
    give_up_waiting(c);
    c->trouble_since = now;
    if (any_left(c))
        return true;
    error_add_context("%s has taken nothing for %d s", has_others ? "none of them" : "it",
                      c->options.wait_s);
    error_append("; " TAILNET_WAKE_IT ", or give a longer --wait%s",
                 c->options.places->n > 1 ? "" : ", or name another target behind a comma");
    return false;
}

int choice_missed(struct choice *c)
{
    if (!any_left(c))
        return -1;
    if (!note_trouble(c))
        return -1;
    if (!c->waiting_told)
        log_info("%s does not answer (%s); waiting for it for up to %d s",
                 c->options.places->items[c->asked].text, error_text(), c->options.wait_s);
    c->waiting_told = true;
    return 0;
}

int choice_failed(struct choice *c, int64_t moved)
{
    bool lasts = !choice_place(c)->is_taildrop || tailnet_advise();

    c->has_answered = false;
    log_warn("%s: %s", choice_place(c)->text, error_text());
    if (moved > c->trouble_since)
        c->trouble_since = moved;
    if (!lasts)
        return note_trouble(c) ? 0 : -1;
    give_up(c, c->place);
    return any_left(c) ? 0 : -1;
}

void choice_settle(struct choice *c)
{
    c->trouble_since = 0;
    c->is_settled = c->has_answered = true;
}
