/*
 * The tailscale program, by which one talks to a tailscaled.
 */
#ifndef TAILNET_CLIENT_H
#define TAILNET_CLIENT_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/child.h"

struct tailnet_client;

/* For the tailscaled that listens, or will, at this socket. Once *stopped, which is kept, what
 * waits comes back with an error. Returns NULL with the error set. */
struct tailnet_client *tailnet_client_new(const char *socket, const atomic_bool *stopped);

/* Starts `tailscale ARGS` (NULL-ended) with these descriptors. Returns NULL with the error set. */
struct child *tailnet_client_start(const struct tailnet_client *c, const char *const args[],
                                   struct child_files files);

/*
 * Runs `tailscale ARGS`, with the descriptor `inherit` open in it unless that is -1, for at most
 * timeout_s seconds, adding what it writes to standard output to `said`. Returns 0, or -1 with the
 * error set to what it says of it.
 */
int tailnet_client_ask(const struct tailnet_client *c, const char *const args[], int inherit,
                       int timeout_s, struct buf *said);

/* NULL is fine. */
void tailnet_client_free(struct tailnet_client *c);

#endif
