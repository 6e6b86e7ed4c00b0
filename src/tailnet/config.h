/*
 * What the variables say of the tailnet: whose key, which name, which control server.
 */
#ifndef TAILNET_CONFIG_H
#define TAILNET_CONFIG_H

/* The texts belong to the environment, but for those that are allocated. */
struct tailnet_config {
    const char *socket;       /* of a tailscaled that runs; NULL: we start one of our own */
    const char *key_variable; /* which variable holds the key; NULL: none does */
    const char *key;          /* a secret; NULL: there is none */
    const char *login_server; /* URL of the control server; NULL: Tailscale's */
    char *hostname;           /* allocated */
};

/*
 * Reads TS_SOCKET; DYNODROP_TS_AUTHKEY, else TS_AUTHKEY, else TAILSCALE_AUTH_KEY; TS_HOSTNAME, else
 * TAILSCALE_HOSTNAME, else dynodrop-APP-DYNO; DYNODROP_LOGIN_SERVER. `app` may be NULL. A key that
 * cannot be one, or none where one is needed, is an error. Returns 0, or -1 with the error set;
 * tailnet_config_clear() is due in both cases.
 */
int tailnet_config_read(struct tailnet_config *config, const char *app);
void tailnet_config_clear(struct tailnet_config *config);

#endif
