#include "tailnet/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "tailnet/advice.h"
#include "tailnet/peer.h"

/* What needs no answer from another machine comes at once. */
#define ASK_S 20

/* A machine that takes files says so within that time, once it is reachable. */
#define TARGET_S 20

struct check {
    struct tailnet_node *node;
    const char *host;
    char *peer;           /* the host as tailscale takes it */
    struct buf addresses; /* the host's, one a line */
    struct buf said;
    struct buf text; /* of the finding */
};

/* Returns 0 with what it answers in `said`, or -1 with the error set. */
static int ask(struct check *c, const char *const args[], int timeout_s)
{
    c->said.len = 0;
    if (buf_add_text(&c->said, "") != 0)
        return -1;
    return tailnet_node_ask(c->node, args, timeout_s, &c->said);
}

static int word_length(const char *text)
{
    return (int)strcspn(text, " \n");
}

static const char *next_word(const char *text)
{
    text += word_length(text);
    return text + strspn(text, " ");
}

static int check_node(struct check *c)
{
    static const char *const args[] = {"status", "--peers=false", NULL};
    const char *address, *name;

    if (tailnet_node_up(c->node) != 0 || ask(c, args, ASK_S) != 0)
        return -1;
    address = buf_text(&c->said);
    name = next_word(address);
    return buf_printf(&c->text, "this machine is in the tailnet as %.*s (%.*s)", word_length(name),
                      name, word_length(address), address);
}

/* tailscale looks for a name that the tailnet does not have outside, too. */
static int check_known(struct check *c)
{
    const char *of_host[] = {"ip", c->peer, NULL};
    static const char *const of_this[] = {"ip", NULL};

    if (ask(c, of_host, ASK_S) != 0) {
        if (interrupt_signal() == 0 && tailnet_advise())
            error_add_context("the tailnet has no machine %s", c->host);
        return -1;
    }
    if (buf_add(&c->addresses, c->said.data, c->said.len) != 0 || ask(c, of_this, ASK_S) != 0)
        return -1;
    if (strcmp(c->addresses.data, c->said.data) == 0)
        return error_set("%s is this machine itself: choose another", c->host);
    return buf_printf(&c->text, "%s is %.*s", c->host, word_length(c->addresses.data),
                      c->addresses.data);
}

/* The line of a table of machines that begins with this address, cut out of it, or NULL. */
static char *find_line(char *table, const char *address, size_t len)
{
    while (table != NULL && *table != '\0') {
        char *line = table, *end = strchr(line, '\n');

        table = end != NULL ? end + 1 : NULL;
        if (end != NULL)
            *end = '\0';
        if (strncmp(line, address, len) == 0 && line[len] == ' ')
            return line;
    }
    return NULL;
}

/* What the control server knows of the host: "offline, last seen 5m ago". Its address and its name
 * stand before. NULL: it knows of nothing amiss. */
static const char *find_offline(const struct check *c)
{
    const char *addresses = c->addresses.data;
    char *line = find_line(c->said.data, addresses, (size_t)word_length(addresses)), *end;
    char *offline = line != NULL ? strstr(next_word(next_word(line)), "offline") : NULL;

    if (offline != NULL && (end = strstr(offline, ", tx ")) != NULL)
        *end = '\0';
    if (offline != NULL && (end = strstr(offline, "  ")) != NULL)
        *end = '\0';
    return offline;
}

/* The control server may be wrong for a while: a machine that answers is not offline. */
static int check_online(struct check *c)
{
    static const char *const args[] = {"status", NULL};
    struct buf path = {0};
    const char *offline;
    int rc;

    if (ask(c, args, ASK_S) != 0)
        return -1;
    offline = find_offline(c);
    if (offline == NULL)
        return buf_printf(&c->text, "%s is online", c->host);
    if (tailnet_peer_ping(c->node, c->host, &path) == 0)
        rc = buf_printf(&c->text, "%s answers, though the control server takes it to be offline",
                        c->host);
    else if (interrupt_signal() != 0)
        rc = -1;
    else
        rc = error_set("%s is %s: " TAILNET_WAKE_IT, c->host, offline);
    buf_free(&path);
    return rc;
}

static int check_reachable(struct check *c)
{
    struct buf path = {0};
    int rc = tailnet_peer_ping(c->node, c->host, &path);

    if (rc == 0)
        rc = buf_printf(&c->text, "%s answers: %s", c->host, path.data);
    else if (interrupt_signal() == 0) {
        error_add_context("%s does not answer", c->host);
        rc = error_append(": " TAILNET_WAKE_IT);
    }
    buf_free(&path);
    return rc;
}

/*
 * Sends an empty file under a name that no receiver takes. It looks at the name last, so that
 * "400 Bad Request: invalid filename" tells that it would take a file with a better one.
 */
static int check_target(struct check *c)
{
    char *target = tailnet_peer_target(c->host);
    const char *args[] = {"file", "cp", "--name=/", "-", target, NULL};
    int rc = target != NULL ? ask(c, args, TARGET_S) : -1;

    free(target);
    if (rc == 0 || strstr(error_text(), "400 Bad Request") != NULL)
        return buf_printf(&c->text, "%s takes files by Taildrop", c->host);
    if (interrupt_signal() != 0)
        return -1;
    tailnet_advise();
    return error_add_context("%s takes no file from this machine", c->host);
}

static int (*const steps[])(struct check *c) = {
    [TAILNET_NODE] = check_node,     [TAILNET_KNOWN] = check_known,
    [TAILNET_ONLINE] = check_online, [TAILNET_REACHABLE] = check_reachable,
    [TAILNET_TARGET] = check_target,
};

static int check_all(struct check *c, void (*tell)(void *, const struct tailnet_finding *),
                     void *self)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct tailnet_finding finding = {.step = (enum tailnet_step)i};

        c->text.len = 0;
        finding.ok = steps[i](c) == 0;
        if (!finding.ok && interrupt_signal() != 0)
            return interrupt_error();
        finding.text = finding.ok ? c->text.data : error_text();
        tell(self, &finding);
        if (!finding.ok)
            return 0;
    }
    return 1;
}

int tailnet_check(struct tailnet_node *node, const char *host,
                  void (*tell)(void *self, const struct tailnet_finding *finding), void *self)
{
    struct check c = {.node = node, .host = host, .peer = tailnet_peer_name(host)};
    int rc = c.peer != NULL ? check_all(&c, tell, self) : -1;

    buf_free(&c.text);
    buf_free(&c.said);
    buf_free(&c.addresses);
    free(c.peer);
    return rc;
}
