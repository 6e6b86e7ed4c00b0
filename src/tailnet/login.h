/*
 * How a tailscaled gets into the tailnet.
 */
#ifndef TAILNET_LOGIN_H
#define TAILNET_LOGIN_H

#include "tailnet/client.h"
#include "tailnet/config.h"

/*
 * Has the tailscaled join with the key and the name of the configuration, and sees that Taildrop
 * will do. Blocks for at most 80 s. Returns 0, or -1 with the error set, which says what to do.
 */
int tailnet_login(const struct tailnet_client *client, const struct tailnet_config *config);

/*
 * For a tailscaled that somebody else runs: sees that it is in a tailnet. Blocks for at most 20 s.
 * Returns 0, or -1 with the error set, which says what to do.
 */
int tailnet_login_check(const struct tailnet_client *client);

#endif
