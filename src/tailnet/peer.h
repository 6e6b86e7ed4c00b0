/*
 * Another machine of the tailnet, by the name the user gave it: a short name, a full one, or an
 * address.
 */
#ifndef TAILNET_PEER_H
#define TAILNET_PEER_H

#include "tailnet/node.h"

/* Whether a name or an address may be one. Returns 0, or -1 with the error set. */
int tailnet_peer_check(const char *host);

/* The name as `tailscale` takes it. Returns it, to be freed, or NULL with the error set. */
char *tailnet_peer_name(const char *host);

/* What `tailscale file cp` takes to send there: the name and a colon. Returns it, to be freed, or
 * NULL with the error set. */
char *tailnet_peer_target(const char *host);

/*
 * Asks the machine for a sign of life, for up to 12 s. Returns 0 with the way to it in `path`, as
 * "direct 192.0.2.1:41641" or "relayed DERP(nyc)"; or -1 with the error set.
 */
int tailnet_peer_ping(struct tailnet_node *node, const char *host, struct buf *path);

#endif
