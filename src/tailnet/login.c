#include "tailnet/login.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/os.h"
#include "tailnet/advice.h"

/* Until the control server has let us in; tailscale itself gives up after 50 s. */
#define UP_S 60

#define STATUS_S 20

/* The key is in no argument and on no disk. */
static int up(const struct tailnet_client *client, const struct tailnet_config *c, int key)
{
    char auth_key[64], hostname[300], server[600];
    const char *args[] = {"up",
                          auth_key,
                          hostname,
                          "--accept-dns=false",
                          "--accept-routes=false",
                          "--shields-up",
                          "--timeout=50s",
                          c->login_server != NULL ? server : NULL,
                          NULL};
    struct buf said = {0};
    int rc;

    snprintf(auth_key, sizeof(auth_key), "--auth-key=file:/dev/fd/%d", key);
    snprintf(hostname, sizeof(hostname), "--hostname=%.200s", c->hostname);
    snprintf(server, sizeof(server), "--login-server=%.500s",
             c->login_server != NULL ? c->login_server : "");
    rc = tailnet_client_ask(client, args, key, UP_S, &said);
    buf_free(&said);
    return rc;
}

static int up_with_key(const struct tailnet_client *client, const struct tailnet_config *c)
{
    int key = os_memory_file("key", c->key, strlen(c->key)), rc;

    if (key < 0)
        return -1;
    rc = up(client, c, key);
    close(key);
    if (rc == 0)
        return 0;
    if (interrupt_signal() == 0)
        tailnet_advise();
    return error_add_context("cannot join the tailnet with the key in the variable %s",
                             c->key_variable);
}

/*
 * A tagged machine has no owner, and Taildrop is between machines of one. The status has the tags
 * among the fields of "Self"; what stands deeper, as capabilities do, may have any name.
 */
static int check_owner(const struct tailnet_client *client, const struct tailnet_config *c)
{
    static const char *const args[] = {"status", "--json", "--peers=false", NULL};
    struct buf said = {0};
    int rc = tailnet_client_ask(client, args, -1, STATUS_S, &said);

    if (rc == 0 && strstr(buf_text(&said), "\n    \"Tags\": [") != NULL)
        rc = error_set("the key in the variable %s makes a tagged machine, and those may not use "
                       "Taildrop: make an auth key without tags",
                       c->key_variable);
    buf_free(&said);
    return rc;
}

int tailnet_login(const struct tailnet_client *client, const struct tailnet_config *config)
{
    if (up_with_key(client, config) != 0)
        return -1;
    log_debug("joined the tailnet as %s", config->hostname);
    return check_owner(client, config);
}

/* Why it is of no use stands in standard output: "Logged out." */
int tailnet_login_check(const struct tailnet_client *client)
{
    static const char *const args[] = {"status", "--peers=false", NULL};
    struct buf said = {0};
    int rc = tailnet_client_ask(client, args, -1, STATUS_S, &said);

    if (rc != 0 && said.len > 0 && interrupt_signal() == 0)
        error_set("the tailscaled that is to be used is in no tailnet (\"%.*s\"): run "
                  "`tailscale up`",
                  (int)strcspn(said.data, "\n"), said.data);
    buf_free(&said);
    return rc;
}
