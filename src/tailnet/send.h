/*
 * One attempt to send a file by Taildrop, from bytes that may still be coming.
 */
#ifndef TAILNET_SEND_H
#define TAILNET_SEND_H

#include "tailnet/feed.h"
#include "tailnet/node.h"

/*
 * Sends the source's bytes from the first on as a file of this name to `host`. The receiver goes on
 * where an earlier attempt was broken off, and gives the file its name only after the last byte:
 * neither our death nor an error makes it do so. Blocks until the receiver has all. Returns 0, or
 * -1 with the error set: the source failed, tailscale did, a signal came, or nothing was taken for
 * 30 s.
 *
 * Once the last byte has been taken, the receiver may have everything while its word for that is
 * still to come, and sending again would give it a second file. So a machine that does not answer
 * then is waited for up to wait_s seconds.
 */
int tailnet_send(struct tailnet_node *node, const char *host, const char *name,
                 const struct tailnet_source *source, int wait_s);

#endif
