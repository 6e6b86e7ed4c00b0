#include "tailnet/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

#define HOW_TO_GET_A_KEY                                                                           \
    "make one in the Tailscale admin console under Settings, Keys, Generate auth key: reusable, "  \
    "ephemeral, pre-approved where that is shown, without tags"

static const char *const key_variables[] = {"DYNODROP_TS_AUTHKEY", "TS_AUTHKEY",
                                            "TAILSCALE_AUTH_KEY"};

static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* What can be told of a key from its looks. */
static int check_key(const struct tailnet_config *c)
{
    for (const char *at = c->key; *at != '\0'; at++)
        if (!isgraph((unsigned char)*at))
            return error_set("the variable %s has a blank or a line end in it, and no auth key "
                             "has: set it to the key alone",
                             c->key_variable);
    if (strncmp(c->key, "tskey-client-", strlen("tskey-client-")) == 0)
        return error_set("the variable %s holds the secret of an OAuth client, which makes tagged "
                         "machines only, and those may not use Taildrop: " HOW_TO_GET_A_KEY,
                         c->key_variable);
    if (strncmp(c->key, "tskey-api-", strlen("tskey-api-")) == 0)
        return error_set("the variable %s holds an API access token, and no auth "
                         "key: " HOW_TO_GET_A_KEY,
                         c->key_variable);
    if (c->login_server == NULL && strncmp(c->key, "tskey-", strlen("tskey-")) != 0)
        return error_set("the variable %s holds no auth key, which would begin with "
                         "tskey-auth-: " HOW_TO_GET_A_KEY,
                         c->key_variable);
    return 0;
}

static int find_key(struct tailnet_config *c)
{
    for (size_t i = 0; i < sizeof(key_variables) / sizeof(key_variables[0]); i++) {
        c->key = value_of(key_variables[i]);
        if (c->key != NULL) {
            c->key_variable = key_variables[i];
            return check_key(c);
        }
    }
    return error_set("Taildrop needs a key to the tailnet, and the variable DYNODROP_TS_AUTHKEY is "
                     "not set: " HOW_TO_GET_A_KEY ", then set the variable to it");
}

/* A name that is one label of a domain name: others would not find the machine by a name with
 * dots in it. */
static int choose_hostname(struct tailnet_config *c, const char *app)
{
    const char *given = value_of("TS_HOSTNAME"), *dyno = value_of("DYNO");
    struct buf name = {0};
    int rc;

    if (given == NULL)
        given = value_of("TAILSCALE_HOSTNAME");
    if (given != NULL)
        rc = buf_add_text(&name, given);
    else
        rc = buf_printf(&name, "dynodrop%s%s%s%s", app != NULL && *app != '\0' ? "-" : "",
                        app != NULL ? app : "", dyno != NULL ? "-" : "", dyno != NULL ? dyno : "");
    if (rc == 0)
        c->hostname = buf_take(&name);
    buf_free(&name);
    if (c->hostname == NULL)
        return -1;
    for (char *at = c->hostname; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at))
            *at = '-';
    return 0;
}

int tailnet_config_read(struct tailnet_config *c, const char *app)
{
    *c = (struct tailnet_config){.socket = value_of("TS_SOCKET"),
                                 .login_server = value_of("DYNODROP_LOGIN_SERVER")};
    if (c->socket != NULL)
        return 0;
    return find_key(c) == 0 ? choose_hostname(c, app) : -1;
}

void tailnet_config_clear(struct tailnet_config *c)
{
    free(c->hostname);
    *c = (struct tailnet_config){0};
}
