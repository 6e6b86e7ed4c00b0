#include "tailnet/client.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/program.h"
#include "tailnet/programs.h"

/* How long a command is waited for before it is looked whether it is to go on. */
#define LOOK_MS 200

/* More arguments than any command of ours has. */
#define MOST_ARGS 16

struct tailnet_client {
    char *program; /* path */
    char *socket;
    char **env;
    const atomic_bool *stopped;
};

static int prepare(struct tailnet_client *c, const char *socket)
{
    if (tailnet_program_find("tailscale", &c->program) != 0)
        return -1;
    c->socket = strdup(socket);
    if (c->socket == NULL)
        return error_set("out of memory");
    c->env = tailnet_program_env(NULL);
    return c->env != NULL ? 0 : -1;
}

struct tailnet_client *tailnet_client_new(const char *socket, const atomic_bool *stopped)
{
    struct tailnet_client *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        error_set("out of memory");
        return NULL;
    }
    c->stopped = stopped;
    if (prepare(c, socket) != 0) {
        tailnet_client_free(c);
        return NULL;
    }
    return c;
}

struct child *tailnet_client_start(const struct tailnet_client *c, const char *const args[],
                                   struct child_files files)
{
    const char *argv[MOST_ARGS + 4] = {c->program, "--socket", c->socket};

    for (size_t i = 0; args[i] != NULL && i < MOST_ARGS; i++)
        argv[3 + i] = args[i];
    return child_start(argv, c->env, files);
}

/* Attends to a command until it has ended. */
static int attend(const struct tailnet_client *c, struct child *command, int timeout_s,
                  struct buf *said)
{
    const int64_t end = clock_ms() + timeout_s * INT64_C(1000);
    int rc;

    while ((rc = child_attend(command, said, LOOK_MS)) == 1) {
        if (atomic_load(c->stopped))
            return error_set("told to stop");
        if (clock_ms() > end)
            return error_set("tailscale does not answer within %d s", timeout_s);
    }
    return rc;
}

int tailnet_client_ask(const struct tailnet_client *c, const char *const args[], int inherit,
                       int timeout_s, struct buf *said)
{
    const struct child_files files = {
        .input = -1, .output = -1, .inherit = &inherit, .n_inherit = inherit >= 0};
    struct child *command = tailnet_client_start(c, args, files);
    int rc = command != NULL ? attend(c, command, timeout_s, said) : -1;

    child_free(command);
    return rc;
}

void tailnet_client_free(struct tailnet_client *c)
{
    if (c == NULL)
        return;
    program_free_env(c->env);
    free(c->socket);
    free(c->program);
    free(c);
}
