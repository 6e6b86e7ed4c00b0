#include "tailnet/peer.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* For two pings of 5 s each. */
#define PING_S 12

static bool is_address(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

int tailnet_peer_check(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._";

    if (is_address(host) || (*host != '\0' && *host != '-' && host[strspn(host, letters)] == '\0'))
        return 0;
    return error_set("\"%s\" is no name of a machine: give its short or full name or its address, "
                     "as `tailscale status` shows them",
                     host);
}

/* Without DNS a full name is found by its absolute form only. */
char *tailnet_peer_name(const char *host)
{
    size_t len = strlen(host);
    bool is_full = !is_address(host) && strchr(host, '.') != NULL && host[len - 1] != '.';
    struct buf b = {0};

    if (buf_printf(&b, "%s%s", host, is_full ? "." : "") == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

/* An IPv6 address stands in brackets. */
char *tailnet_peer_target(const char *host)
{
    char *name = tailnet_peer_name(host);
    struct buf b = {0};
    int rc = -1;

    if (name != NULL)
        rc = buf_printf(&b, strchr(name, ':') != NULL ? "[%s]:" : "%s:", name);
    free(name);
    if (rc == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

/* "pong from laptop (100.64.0.2, 45521) via 192.0.2.1:41641 in 3ms", of which the last counts.
 * Returns 1, 0 where there is none, or -1 with the error set. */
static int parse_path(const char *said, struct buf *path)
{
    const char *via = NULL;
    size_t len;

    while (said != NULL && (said = strstr(said, " via ")) != NULL)
        via = said += strlen(" via ");
    if (via == NULL)
        return 0;
    len = strcspn(via, " \n");
    return buf_printf(path, "%s %.*s", strncmp(via, "DERP", 4) == 0 ? "relayed" : "direct",
                      (int)len, via) == 0
               ? 1
               : -1;
}

/*
 * tailscale ends at the first direct answer; where all come through a relay it takes that for an
 * error. The first may well be relayed, since the machines are only finding each other.
 */
int tailnet_peer_ping(struct tailnet_node *node, const char *host, struct buf *path)
{
    char *name = tailnet_peer_name(host);
    const char *args[] = {"ping", "--c=2", "--timeout=5s", name, NULL};
    struct buf said = {0};
    int rc = -1, found;

    if (name != NULL)
        rc = tailnet_node_ask(node, args, PING_S, &said);
    path->len = 0;
    found = parse_path(said.data, path);
    if (found == 0 && rc == 0)
        found = buf_add_text(path, "reached") == 0 ? 1 : -1;
    buf_free(&said);
    free(name);
    return found == 1 ? 0 : -1;
}
