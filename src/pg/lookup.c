#include "pg/lookup.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/os.h"

/* The child's first byte: what follows are addresses, or why there are none. */
enum { FOUND = '+', NOT_FOUND = '-' };

/* The child: writes the answer to the pipe, never returns. */
static void answer(const char *host, int pipe_end)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct buf text = {0};
    int rc = getaddrinfo(host, NULL, &hints, &list);

    if (rc != 0)
        buf_printf(&text, "%c%s", NOT_FOUND, gai_strerror(rc));
    else
        buf_printf(&text, "%c", FOUND);
    for (struct addrinfo *a = list; rc == 0 && a != NULL; a = a->ai_next) {
        char address[NI_MAXHOST];

        if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0,
                        NI_NUMERICHOST) == 0)
            buf_printf(&text, "%s%s", text.len > 1 ? "," : "", address);
    }
    if (write(pipe_end, text.data, text.len) < 0)
        _exit(1);
    _exit(0);
}

static pid_t start(const char *host, int *pipe_end)
{
    pid_t parent = getpid(), child;
    int ends[2];

    if (os_pipe(ends) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        os_die_with_parent(parent);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        answer(host, ends[1]);
    }
    close(ends[1]);
    *pipe_end = ends[0];
    if (child < 0) {
        error_set_errno("cannot start a process to look up %s", host);
        close(ends[0]);
    }
    return child;
}

/* The child writes once, far less than a pipe holds. Returns 0, or -1 with the error set. */
static int receive(const char *host, int pipe_end, int timeout_ms, struct buf *text)
{
    int ready = io_wait(pipe_end, POLLIN, timeout_ms);
    ssize_t n;

    if (ready < 0)
        return -1;
    if (ready == 0)
        return error_set("cannot find the address of %s: no answer within %d s", host,
                         timeout_ms / 1000);
    if (buf_reserve(text, PIPE_BUF) != 0)
        return -1;
    n = read(pipe_end, text->data, PIPE_BUF);
    if (n <= 0)
        return error_set("cannot find the address of %s: the resolver failed", host);
    text->len = (size_t)n;
    text->data[n] = '\0';
    return 0;
}

int lookup_host(const char *host, int timeout_ms, struct buf *addresses)
{
    struct buf text = {0};
    int pipe_end = -1, count = 1;
    pid_t child = start(host, &pipe_end);
    int rc = -1;

    if (child < 0)
        return -1;
    if (receive(host, pipe_end, timeout_ms, &text) == 0) {
        if (text.data[0] != FOUND)
            error_set("cannot find the address of %s: %s", host, text.data + 1);
        else
            rc = buf_add_text(addresses, text.data + 1);
    }
    close(pipe_end);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    for (const char *at = buf_text(&text); rc == 0 && (at = strchr(at, ',')) != NULL; at++)
        count++;
    buf_free(&text);
    return rc == 0 ? count : -1;
}
