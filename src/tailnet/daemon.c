#include "tailnet/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/os.h"
#include "base/program.h"
#include "tailnet/programs.h"

/* How often it is looked whether it listens. */
#define LOOK_MS 200

#define LISTEN_S 20

/* It tells the control server that it goes. */
#define LOGOUT_MS 5000

struct tailnet_daemon {
    char *program; /* path */
    char *folder;
    char *socket;
    char *log;
    char **env;
    struct child *child;
};

static char *join(const char *folder, const char *name)
{
    struct buf b = {0};

    if (buf_printf(&b, "%s/%s", folder, name) == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

static int make_folder(struct tailnet_daemon *d, const char *parent)
{
    char *folder = join(parent, "dynodrop-tailnet.XXXXXX");

    if (folder == NULL)
        return -1;
    if (mkdtemp(folder) == NULL) {
        error_set_errno("cannot make a folder in %s", parent);
        free(folder);
        return -1;
    }
    d->folder = folder;
    d->socket = join(folder, "socket");
    d->log = join(folder, "tailscaled.log");
    if (d->socket == NULL || d->log == NULL)
        return -1;
    if (strlen(d->socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return error_set("the path %s is too long for a socket of tailscaled: set TMPDIR to a "
                         "folder with a shorter one",
                         d->socket);
    return 0;
}

static int spawn(struct tailnet_daemon *d)
{
    const char *const argv[] = {d->program,
                                "--tun=userspace-networking",
                                "--state=mem:",
                                "--port=0",
                                "--statedir",
                                d->folder,
                                "--socket",
                                d->socket,
                                NULL};
    int log = open(d->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (log < 0)
        return error_set_errno("cannot write %s", d->log);
    d->child = child_start(argv, d->env, (struct child_files){.input = -1, .output = log});
    close(log);
    return d->child != NULL ? 0 : -1;
}

static int start(struct tailnet_daemon *d, const char *parent)
{
    if (tailnet_program_find("tailscaled", &d->program) != 0 || make_folder(d, parent) != 0)
        return -1;
    d->env = tailnet_program_env(d->folder);
    return d->env != NULL ? spawn(d) : -1;
}

struct tailnet_daemon *tailnet_daemon_start(const char *parent)
{
    struct tailnet_daemon *d = calloc(1, sizeof(*d));

    if (d == NULL) {
        error_set("out of memory");
        return NULL;
    }
    if (start(d, parent) != 0) {
        tailnet_daemon_free(d);
        return NULL;
    }
    return d;
}

const char *tailnet_daemon_socket(const struct tailnet_daemon *d)
{
    return d->socket;
}

/* Whether somebody listens there. Returns 1, 0 or, where that cannot be found out, -1. */
static int listens(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = os_socket(), rc = 1;

    if (fd < 0)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        rc = errno == ECONNREFUSED || errno == ENOENT ? 0 : -1;
    close(fd);
    return rc;
}

/* Shows the end of its log where that may tell more. */
static void tell_log(const struct tailnet_daemon *d)
{
    char line[512], last[512] = "";
    FILE *file = fopen(d->log, "re");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        memcpy(last, line, sizeof(last));
    if (file != NULL)
        fclose(file);
    if (*last != '\0')
        log_warn("tailscaled said last: %s", last);
}

/* Waits a moment. Returns 1 where it is to be waited for on, or -1 with the error set. */
static int look_after(struct tailnet_daemon *d, const atomic_bool *stopped)
{
    struct buf none = {0};
    int rc = child_attend(d->child, &none, LOOK_MS);

    buf_free(&none);
    if (interrupt_signal() != 0)
        return interrupt_error();
    if (atomic_load(stopped))
        return error_set("told to stop");
    if (rc == 1)
        return 1;
    tell_log(d);
    return error_set("tailscaled has ended before it could be used");
}

int tailnet_daemon_await(struct tailnet_daemon *d, const atomic_bool *stopped)
{
    const int64_t end = clock_ms() + LISTEN_S * INT64_C(1000);

    while (listens(d->socket) <= 0) {
        if (look_after(d, stopped) < 0)
            return -1;
        if (clock_ms() > end) {
            tell_log(d);
            return error_set("tailscaled does not listen within %d s", LISTEN_S);
        }
    }
    return 0;
}

int tailnet_daemon_check(const struct tailnet_daemon *d)
{
    if (listens(d->socket) != 0)
        return 0;
    if (interrupt_awaited())
        return interrupt_error();
    tell_log(d);
    return error_set("tailscaled has ended in the middle");
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

void tailnet_daemon_free(struct tailnet_daemon *d)
{
    if (d == NULL)
        return;
    if (d->child != NULL && !child_terminate(d->child, LOGOUT_MS))
        log_warn("tailscaled does not end, and may not have logged out");
    child_free(d->child);
    if (d->folder != NULL)
        nftw(d->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    program_free_env(d->env);
    free(d->log);
    free(d->socket);
    free(d->folder);
    free(d->program);
    free(d);
}
