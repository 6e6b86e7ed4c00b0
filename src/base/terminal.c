#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/stream.h"

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool terminal_is_there(void)
{
    int fd = open_terminal();

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* What was typed ahead is dropped: it was shown. Returns 0, or -1 with the error set. */
static int silence(int fd, struct termios *before)
{
    struct termios silent;

    if (tcgetattr(fd, before) != 0)
        return error_set_errno("cannot ask at the terminal");
    silent = *before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    silent.c_iflag |= ICRNL;
    /* The shell would be left with a terminal that shows nothing. */
    silent.c_cc[VQUIT] = _POSIX_VDISABLE;
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;
    while (tcsetattr(fd, TCSAFLUSH, &silent) != 0) {
        if (interrupt_signal() != 0)
            return interrupt_error();
        if (errno != EINTR)
            return error_set_errno("cannot ask at the terminal");
    }
    return 0;
}

/* The rest of a line that did not fit is dropped: the shell would take it for a command. */
static void restore(int fd, const struct termios *before)
{
    tcflush(fd, TCIFLUSH);
    while (tcsetattr(fd, TCSANOW, before) != 0 && errno == EINTR)
        ;
}

/*
 * Reads up to the end of the line. A plain read() rather than poll(), which macOS does not have for
 * terminals; after a signal it comes back with EINTR, if not at once, then at the next alarm.
 */
static int read_line(int fd, char *line, size_t size)
{
    size_t used = 0;

    for (;;) {
        ssize_t n;

        if (interrupt_signal() != 0)
            return interrupt_error();
        n = read(fd, line + used, 1);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return error_set_errno("cannot read from the terminal");
        if (n == 0 && used == 0)
            return error_set("the question at the terminal was not answered");
        if (n == 0 || (n == 1 && line[used] == '\n'))
            break;
        if (n == 1 && ++used == size)
            return error_set("the answer is longer than %zu bytes", size - 1);
    }
    line[used] = '\0';
    return 0;
}

static int ask(int fd, const char *question, char *secret, size_t size)
{
    struct io_file file = {.fd = fd, .name = "the terminal"};
    struct writer out = io_writer(&file);
    struct termios before;
    int rc;

    if (silence(fd, &before) != 0)
        return -1;
    rc = writer_put(&out, question, strlen(question));
    if (rc == 0)
        rc = read_line(fd, secret, size);
    restore(fd, &before);
    /* The user's line end was not shown. After a signal nothing more is written that could block.
     */
    if (interrupt_signal() == 0)
        writer_put(&out, "\n", 1);
    return rc;
}

int terminal_ask_secret(const char *question, char *secret, size_t size)
{
    int fd = open_terminal();
    int rc;

    if (fd < 0)
        rc = error_set("there is no terminal to ask at");
    else
        rc = ask(fd, question, secret, size);
    if (rc != 0)
        sodium_memzero(secret, size);
    if (fd >= 0)
        close(fd);
    return rc;
}

bool terminal_is_dumb(void)
{
    const char *kind = getenv("TERM");

    return kind == NULL || *kind == '\0' || strcmp(kind, "dumb") == 0;
}

int terminal_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}
