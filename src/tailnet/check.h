/*
 * Whether a machine of the tailnet would get what is sent to it, found out without sending.
 */
#ifndef TAILNET_CHECK_H
#define TAILNET_CHECK_H

#include <stdbool.h>

#include "tailnet/node.h"

/* What is looked at, in this order. */
enum tailnet_step {
    TAILNET_NODE,      /* this machine is in the tailnet */
    TAILNET_KNOWN,     /* the tailnet has a machine of that name */
    TAILNET_ONLINE,    /* Tailscale runs on it, as far as the control server knows */
    TAILNET_REACHABLE, /* it answers, directly or through a relay */
    TAILNET_TARGET,    /* it would take a file from this machine */
};

struct tailnet_finding {
    enum tailnet_step step;
    bool ok;
    const char *text; /* one line; where it is not ok, what to do stands at its end */
};

/*
 * Looks at one step after the other, the first that is not ok being the last, and gives each
 * finding to `tell` at once; its text is valid during that call. `host` is what
 * tailnet_peer_check() lets pass. Joins the tailnet where that has not been done, and changes
 * nothing at the host. Blocks: a few seconds where all is well, 40 s for a host that does not
 * answer, and what tailnet_node_up() takes. Returns 1 where all is ok, 0 where a step is not, or -1
 * with the error set where the look itself was ended, by a signal for one.
 */
int tailnet_check(struct tailnet_node *node, const char *host,
                  void (*tell)(void *self, const struct tailnet_finding *finding), void *self);

#endif
