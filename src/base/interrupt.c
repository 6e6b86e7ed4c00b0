#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"

#define AWAITED_MS 1000

/* Written by the handler, read by every thread. */
static atomic_int caught;
static int wake_pipe[2] = {-1, -1};

static void catch_signal(int number)
{
    int saved_errno = errno;

    if (caught == 0) {
        caught = number;
        if (write(wake_pipe[1], "", 1) < 0)
            caught = number; /* a full pipe is readable all the same */
    }
    alarm(1);
    errno = saved_errno;
}

/* A signal that comes between a look at the flag and a system call that blocks would be missed;
 * the alarm repeats it. */
static void repeat_alarm(int number)
{
    (void)number;
    alarm(1);
}

static int catch_with(int number, void (*handler)(int))
{
    struct sigaction action = {0};

    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    /* No SA_RESTART: a call that blocks must come back. */
    if (sigaction(number, &action, NULL) != 0)
        return error_set_errno("cannot catch signal %d", number);
    return 0;
}

/* nohup ignores SIGHUP for the program it starts, which is not to change that. */
static int catch_hangup(void)
{
    struct sigaction inherited;

    if (sigaction(SIGHUP, NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN)
        return 0;
    return catch_with(SIGHUP, catch_signal);
}

int interrupt_init(void)
{
    if (os_pipe(wake_pipe) != 0)
        return -1;
    for (int i = 0; i < 2; i++)
        fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
    if (catch_with(SIGALRM, repeat_alarm) != 0 || catch_with(SIGPIPE, SIG_IGN) != 0 ||
        catch_with(SIGXFSZ, SIG_IGN) != 0)
        return -1;
    if (catch_with(SIGINT, catch_signal) != 0 || catch_with(SIGTERM, catch_signal) != 0)
        return -1;
    /* Where whoever started us ignores SIGCHLD, the system would not tell how a child ended. */
    return catch_with(SIGCHLD, SIG_DFL) != 0 ? -1 : catch_hangup();
}

int interrupt_signal(void)
{
    return caught;
}

int interrupt_fd(void)
{
    return wake_pipe[0];
}

bool interrupt_awaited(void)
{
    struct pollfd signals = {.fd = interrupt_fd(), .events = POLLIN};

    poll(&signals, 1, AWAITED_MS);
    return interrupt_signal() != 0;
}

int interrupt_error(void)
{
    const char *name = caught == SIGINT ? "SIGINT" : caught == SIGTERM ? "SIGTERM" : "SIGHUP";

    return error_set("told to stop by %s", name);
}
