#include "tailnet/node.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tailnet/client.h"
#include "tailnet/daemon.h"
#include "tailnet/login.h"

struct tailnet_node {
    const struct tailnet_config *config;
    struct tailnet_daemon *daemon; /* NULL where another's is used */
    struct tailnet_client *client;
    atomic_bool stopped;

    pthread_mutex_t mutex; /* of what follows */
    bool was_tried;
    bool is_up;
    char *failure; /* why it is not up; NULL: it is, was not tried, or no memory */
};

static int start(struct tailnet_node *n, const char *parent)
{
    const char *socket = n->config->socket;

    if (socket == NULL) {
        n->daemon = tailnet_daemon_start(parent);
        if (n->daemon == NULL)
            return -1;
        socket = tailnet_daemon_socket(n->daemon);
    }
    n->client = tailnet_client_new(socket, &n->stopped);
    return n->client != NULL ? 0 : -1;
}

struct tailnet_node *tailnet_node_start(const struct tailnet_config *config, const char *parent)
{
    struct tailnet_node *n = calloc(1, sizeof(*n));

    if (n == NULL) {
        error_set("out of memory");
        return NULL;
    }
    n->config = config;
    atomic_init(&n->stopped, false);
    pthread_mutex_init(&n->mutex, NULL);
    if (start(n, parent) != 0) {
        tailnet_node_free(n);
        return NULL;
    }
    return n;
}

static int join_tailnet(struct tailnet_node *n)
{
    if (n->daemon == NULL)
        return tailnet_login_check(n->client);
    if (tailnet_daemon_await(n->daemon, &n->stopped) != 0)
        return -1;
    return tailnet_login(n->client, n->config);
}

/* Under the mutex. */
static void join_or_look(struct tailnet_node *n)
{
    int rc;

    if (!n->was_tried)
        rc = join_tailnet(n);
    else
        rc = n->daemon != NULL ? tailnet_daemon_check(n->daemon) : 0;
    n->was_tried = true;
    n->is_up = rc == 0;
    n->failure = n->is_up ? NULL : strdup(error_text());
}

int tailnet_node_up(struct tailnet_node *n)
{
    int rc = 0;

    pthread_mutex_lock(&n->mutex);
    if (!n->was_tried || n->is_up)
        join_or_look(n);
    if (!n->is_up)
        rc = error_set("%s", n->failure != NULL ? n->failure : "out of memory");
    pthread_mutex_unlock(&n->mutex);
    return rc;
}

int tailnet_node_ask(struct tailnet_node *n, const char *const args[], int timeout_s,
                     struct buf *said)
{
    return tailnet_client_ask(n->client, args, -1, timeout_s, said);
}

struct child *tailnet_node_command(struct tailnet_node *n, const char *const args[],
                                   struct child_files files)
{
    return tailnet_client_start(n->client, args, files);
}

void tailnet_node_stop(struct tailnet_node *n)
{
    atomic_store(&n->stopped, true);
}

void tailnet_node_free(struct tailnet_node *n)
{
    if (n == NULL)
        return;
    tailnet_client_free(n->client);
    tailnet_daemon_free(n->daemon);
    pthread_mutex_destroy(&n->mutex);
    free(n->failure);
    free(n);
}
