/*
 * This machine's place in the tailnet: a tailscaled of our own in userspace-networking mode, or one
 * that runs already, and the tailscale program to talk to it.
 *
 * Our own keeps its state in memory and logs out when it ends. Any thread may use a node, but the
 * one that starts it must outlive it: tailscaled dies with that thread.
 */
#ifndef TAILNET_NODE_H
#define TAILNET_NODE_H

#include "base/buf.h"
#include "base/child.h"
#include "tailnet/config.h"

struct tailnet_node;

/*
 * Starts tailscaled, with a folder of its own (mode 0700) below `parent`, and returns while it is
 * still coming up. The configuration is kept, not copied. Returns NULL with the error set.
 */
struct tailnet_node *tailnet_node_start(const struct tailnet_config *config, const char *parent);

/*
 * Joins the tailnet, which takes seconds; whoever calls it while another thread does that waits for
 * it, and gets the same outcome, as long as our tailscaled lives. Returns 0, or -1 with the error
 * set, which says what to do; it stays at that.
 */
int tailnet_node_up(struct tailnet_node *node);

/*
 * Runs `tailscale ARGS` (NULL-ended) for at most timeout_s seconds, adding what it writes to
 * standard output to `said`. Returns 0, or -1 with the error set to what it says of it.
 */
int tailnet_node_ask(struct tailnet_node *node, const char *const args[], int timeout_s,
                     struct buf *said);

/* Starts `tailscale ARGS` with these descriptors. Returns NULL with the error set. */
struct child *tailnet_node_command(struct tailnet_node *node, const char *const args[],
                                   struct child_files files);

/* Has all calls that wait come back with an error, within half a second. */
void tailnet_node_stop(struct tailnet_node *node);

/* Logs out and ends tailscaled, which may take five seconds, and removes its folder. NULL is
 * fine. */
void tailnet_node_free(struct tailnet_node *node);

#endif
