#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"

/* What a pipe that has room takes at once (PIPE_BUF of most systems). */
#define LINE_MAX_BYTES 4096

/* To the line's begin; erase to its end. */
#define BEGIN "\r"
#define ERASE "\x1b[K"

static enum log_level current_level = LOG_NORMAL;

/* Held for each write. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool status_shown;

void log_set_level(enum log_level level)
{
    current_level = level;
}

enum log_level log_level(void)
{
    return current_level;
}

/* What is told may come from a server or an archive: nothing in it begins another line, or is
 * obeyed by a terminal, which may also obey U+0080 to U+009F. */
static void blank_controls(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
        else if (*text == '\xc2' && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0)
            text[0] = text[1] = ' ';
    }
}

/* One write(), so that lines of several processes do not mix. Where nobody reads, a signal ends the
 * wait for that: what is told then is lost, but not what has to be done before the end. */
static void put(const char *line, size_t len)
{
    struct pollfd fds[] = {{.fd = STDERR_FILENO, .events = POLLOUT},
                           {.fd = interrupt_fd(), .events = POLLIN}};

    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (fds[0].revents == 0)
        return;
    if (write(STDERR_FILENO, line, len) < 0)
        return; /* nobody is left to tell */
}

__attribute__((format(printf, 2, 0))) static void tell(const char *prefix, const char *format,
                                                       va_list args)
{
    static const char erase[] = BEGIN ERASE;
    const size_t start = sizeof(erase) - 1;
    char line[sizeof(erase) - 1 + LINE_MAX_BYTES];
    size_t used = start;

    memcpy(line, erase, start);
    used += (size_t)snprintf(line + start, LINE_MAX_BYTES, "dynodrop: %s", prefix);
    vsnprintf(line + used, sizeof(line) - used - 1, format, args);
    blank_controls(line + start);
    used = strlen(line);
    line[used++] = '\n';
    pthread_mutex_lock(&mutex);
    if (status_shown)
        put(line, used);
    else
        put(line + start, used - start);
    status_shown = false;
    pthread_mutex_unlock(&mutex);
}

#define DEFINE_LOG(name, least, prefix)                                                            \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
                                                                                                   \
        if (current_level < (least))                                                               \
            return;                                                                                \
        va_start(args, format);                                                                    \
        tell(prefix, format, args);                                                                \
        va_end(args);                                                                              \
    }

DEFINE_LOG(log_error, LOG_QUIET, "")
DEFINE_LOG(log_result, LOG_QUIET, "")
DEFINE_LOG(log_warn, LOG_NORMAL, "warning: ")
DEFINE_LOG(log_info, LOG_NORMAL, "")
DEFINE_LOG(log_debug, LOG_VERBOSE, "")

/* Whether a status line would be seen by who waits for us, and at once. */
static bool is_status_wanted(void)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};
    pid_t foreground = tcgetpgrp(STDERR_FILENO);

    return (foreground < 0 || foreground == getpgrp()) && poll(&terminal, 1, 0) != 0;
}

void log_status(const char *text)
{
    char line[LINE_MAX_BYTES];
    const size_t size = sizeof(line) - sizeof(ERASE);
    int len = snprintf(line, size, BEGIN "%s", text != NULL ? text : "");

    if (len < 0 || (size_t)len >= size)
        return; /* wider than any terminal */
    blank_controls(line + strlen(BEGIN));
    memcpy(line + len, ERASE, sizeof(ERASE));
    /* Whoever holds it may be waiting for a reader. */
    if (pthread_mutex_trylock(&mutex) != 0)
        return;
    if ((text != NULL || status_shown) && is_status_wanted()) {
        put(line, strlen(line));
        status_shown = text != NULL;
    }
    pthread_mutex_unlock(&mutex);
}
