#include "tailnet/node.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/os.h"
#include "base/program.h"
#include "tailnet/advice.h"

/* How long a command is waited for before it is looked whether it is to go on. */
#define LOOK_MS 200

/* Until tailscaled listens, and until the control server has let us in. */
#define LISTEN_S 20
#define UP_S     60

/* tailscaled tells the control server that it goes. */
#define LOGOUT_MS 5000

/* More arguments than any command of ours has. */
#define MOST_ARGS 16

/* Without these tailscaled takes 260 MB for a fast transfer. */
static const char memory_limit[] = "GOMEMLIMIT=48MiB";

static const char *const passed_variables[] = {
    "PATH=*",       "HOME=*",        "USER=*",       "LOGNAME=*",     "LANG=*",     "TZ=*",
    "TMPDIR=*",     "SSL_CERT_*=*",  "HTTP_PROXY=*", "HTTPS_PROXY=*", "NO_PROXY=*", "ALL_PROXY=*",
    "http_proxy=*", "https_proxy=*", "no_proxy=*",   "all_proxy=*",   "GOGC=*",     "TS_*=*"};

struct tailnet_node {
    const struct tailnet_config *config;
    char *tailscale; /* paths */
    char *tailscaled;
    char *folder; /* NULL where another's tailscaled is used */
    char *socket;
    char **env;
    atomic_bool stopped;

    pthread_mutex_t mutex; /* of what follows */
    struct child *daemon;  /* NULL where another's is used, and once it has ended */
    bool was_tried;
    char *failure; /* why it could not be joined; NULL: it was, or was not tried */
};

/* Keys are TS_ variables, too. Where tailscaled keeps its logs is for us to say. */
static bool is_passed(const void *self, const char *variable)
{
    bool passed = false;

    (void)self;
    for (size_t i = 0; i < sizeof(passed_variables) / sizeof(passed_variables[0]); i++)
        passed = passed || fnmatch(passed_variables[i], variable, 0) == 0;
    return passed && fnmatch("TS_*KEY*=*", variable, 0) != 0 &&
           fnmatch("TS_LOGS_DIR=*", variable, 0) != 0;
}

static int find_program(const char *name, char **path)
{
    int found = program_find(name, path);

    if (found == 0)
        return error_set("the program %s is not on PATH, and Taildrop needs it: install Tailscale "
                         "(on Heroku the buildpack does), or choose another target",
                         name);
    return found < 0 ? -1 : 0;
}

static char *join(const char *folder, const char *name)
{
    struct buf b = {0};

    if (buf_printf(&b, "%s/%s", folder, name) == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

static int make_folder(struct tailnet_node *n, const char *parent)
{
    char *folder = join(parent, "dynodrop-tailnet.XXXXXX");

    if (folder == NULL)
        return -1;
    if (mkdtemp(folder) == NULL) {
        error_set_errno("cannot make a folder in %s", parent);
        free(folder);
        return -1;
    }
    n->folder = folder;
    n->socket = join(folder, "socket");
    if (n->socket != NULL && strlen(n->socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return error_set("the path %s is too long for a socket in it: give a shorter --spool",
                         folder);
    return n->socket != NULL ? 0 : -1;
}

static int start_daemon(struct tailnet_node *n)
{
    const char *const argv[] = {n->tailscaled,
                                "--tun=userspace-networking",
                                "--state=mem:",
                                "--port=0",
                                "--statedir",
                                n->folder,
                                "--socket",
                                n->socket,
                                NULL};
    char *path = join(n->folder, "tailscaled.log");
    int log = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

    if (path != NULL && log < 0)
        error_set_errno("cannot write %s", path);
    if (log >= 0)
        n->daemon = child_start(argv, n->env,
                                (struct child_files){.input = -1, .output = log, .inherit = -1});
    if (log >= 0)
        close(log);
    free(path);
    return n->daemon != NULL ? 0 : -1;
}

static int make_env(struct tailnet_node *n)
{
    struct buf logs = {0};
    int rc = n->folder != NULL ? buf_printf(&logs, "TS_LOGS_DIR=%s", n->folder) : 0;
    const char *const more[] = {memory_limit, logs.data, NULL};

    if (rc == 0)
        n->env = program_env(is_passed, NULL, more);
    buf_free(&logs);
    return n->env != NULL ? 0 : -1;
}

static int start(struct tailnet_node *n, const char *parent)
{
    if (find_program("tailscale", &n->tailscale) != 0)
        return -1;
    if (n->config->socket != NULL) {
        n->socket = strdup(n->config->socket);
        return n->socket != NULL ? make_env(n) : error_set("out of memory");
    }
    if (find_program("tailscaled", &n->tailscaled) != 0 || make_folder(n, parent) != 0 ||
        make_env(n) != 0)
        return -1;
    return start_daemon(n);
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

struct child *tailnet_node_command(struct tailnet_node *n, const char *const args[],
                                   struct child_files files)
{
    const char *argv[MOST_ARGS + 4] = {n->tailscale, "--socket", n->socket};

    for (size_t i = 0; args[i] != NULL && i < MOST_ARGS; i++)
        argv[3 + i] = args[i];
    return child_start(argv, n->env, files);
}

/* Attends to a command until it has ended. */
static int attend(struct tailnet_node *n, struct child *c, int timeout_s, struct buf *said)
{
    const time_t end = time(NULL) + timeout_s;
    int rc;

    while ((rc = child_attend(c, said, LOOK_MS)) == 1) {
        if (atomic_load(&n->stopped))
            return error_set("told to stop");
        if (time(NULL) > end)
            return error_set("tailscale does not answer within %d s", timeout_s);
    }
    return rc;
}

static int ask_with(struct tailnet_node *n, const char *const args[], int inherit, int timeout_s,
                    struct buf *said)
{
    struct child *c = tailnet_node_command(
        n, args, (struct child_files){.input = -1, .output = -1, .inherit = inherit});
    int rc = c != NULL ? attend(n, c, timeout_s, said) : -1;

    child_free(c);
    return rc;
}

int tailnet_node_ask(struct tailnet_node *n, const char *const args[], int timeout_s,
                     struct buf *said)
{
    return ask_with(n, args, -1, timeout_s, said);
}

static bool listens(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool answers;

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    answers = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return answers;
}

/* Shows the end of tailscaled's log where that may tell more. */
static void tell_log(const struct tailnet_node *n)
{
    char *path = join(n->folder, "tailscaled.log"), line[512], last[512] = "";
    FILE *file = path != NULL ? fopen(path, "re") : NULL;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        memcpy(last, line, sizeof(last));
    if (file != NULL)
        fclose(file);
    free(path);
    if (*last != '\0')
        log_warn("tailscaled said last: %s", last);
}

/* Waits a moment. Returns 1 where tailscaled is to be waited for on, or -1 with the error set. */
static int look_after_daemon(struct tailnet_node *n)
{
    struct buf none = {0};
    int rc = child_attend(n->daemon, &none, LOOK_MS);

    buf_free(&none);
    if (interrupt_signal() != 0)
        return interrupt_error();
    if (atomic_load(&n->stopped))
        return error_set("told to stop");
    if (rc == 1)
        return 1;
    tell_log(n);
    return error_set("tailscaled has ended before it could be used");
}

static int await_daemon(struct tailnet_node *n)
{
    const time_t end = time(NULL) + LISTEN_S;

    while (!listens(n->socket)) {
        if (look_after_daemon(n) < 0)
            return -1;
        if (time(NULL) > end) {
            tell_log(n);
            return error_set("tailscaled does not listen within %d s", LISTEN_S);
        }
    }
    return 0;
}

/* The key is in no argument and on no disk. */
static int log_in(struct tailnet_node *n, int key)
{
    const struct tailnet_config *c = n->config;
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
    rc = ask_with(n, args, key, UP_S, &said);
    buf_free(&said);
    return rc;
}

/* A tagged machine has no owner, and Taildrop is between machines of one. */
static int check_owner(struct tailnet_node *n)
{
    static const char *const args[] = {"status", "--json", "--peers=false", NULL};
    struct buf said = {0};
    int rc = tailnet_node_ask(n, args, 20, &said);

    if (rc == 0 && said.data != NULL && strstr(said.data, "\"Tags\":") != NULL)
        rc = error_set("the key in the variable %s makes a tagged machine, and those may not use "
                       "Taildrop: make an auth key without tags",
                       n->config->key_variable);
    buf_free(&said);
    return rc;
}

static int join_tailnet(struct tailnet_node *n)
{
    int key, rc;

    if (n->daemon == NULL)
        return 0;
    if (await_daemon(n) != 0)
        return -1;
    key = os_memory_file("key", n->config->key, strlen(n->config->key));
    if (key < 0)
        return -1;
    rc = log_in(n, key);
    close(key);
    if (rc != 0) {
        if (interrupt_signal() == 0)
            tailnet_advise();
        return error_add_context("cannot join the tailnet with the key in the variable %s",
                                 n->config->key_variable);
    }
    log_debug("joined the tailnet as %s", n->config->hostname);
    return check_owner(n);
}

int tailnet_node_up(struct tailnet_node *n)
{
    int rc = 0;

    pthread_mutex_lock(&n->mutex);
    if (!n->was_tried && join_tailnet(n) != 0)
        n->failure = strdup(error_text());
    n->was_tried = true;
    if (n->failure != NULL)
        rc = error_set("%s", n->failure);
    pthread_mutex_unlock(&n->mutex);
    return rc;
}

void tailnet_node_stop(struct tailnet_node *n)
{
    atomic_store(&n->stopped, true);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

void tailnet_node_free(struct tailnet_node *n)
{
    if (n == NULL)
        return;
    if (n->daemon != NULL && !child_terminate(n->daemon, LOGOUT_MS))
        log_warn("tailscaled does not end, and may not have logged out");
    child_free(n->daemon);
    if (n->folder != NULL)
        nftw(n->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    pthread_mutex_destroy(&n->mutex);
    program_free_env(n->env);
    free(n->failure);
    free(n->socket);
    free(n->folder);
    free(n->tailscaled);
    free(n->tailscale);
    free(n);
}
