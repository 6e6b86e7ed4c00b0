/*
 * A tailscaled of our own, in userspace-networking mode, with its state in memory: it needs no
 * rights, and logs out when it ends.
 */
#ifndef TAILNET_DAEMON_H
#define TAILNET_DAEMON_H

#include <stdatomic.h>

struct tailnet_daemon;

/*
 * Starts it, with a folder of its own (mode 0700) below `parent`, and returns while it is still
 * coming up. It dies with the thread that calls this. Returns NULL with the error set.
 */
struct tailnet_daemon *tailnet_daemon_start(const char *parent);

/* Where it listens. The text is the daemon's. */
const char *tailnet_daemon_socket(const struct tailnet_daemon *d);

/* Waits until it listens, for at most 20 s. Returns 0, or -1 with the error set: it does not, it
 * has ended, a signal came, or *stopped. */
int tailnet_daemon_await(struct tailnet_daemon *d, const atomic_bool *stopped);

/* Returns 0 where it still listens, or -1 with the error set: it has ended. Any thread may ask. */
int tailnet_daemon_check(const struct tailnet_daemon *d);

/* Has it log out and end, which may take five seconds, and removes its folder. NULL is fine. */
void tailnet_daemon_free(struct tailnet_daemon *d);

#endif
