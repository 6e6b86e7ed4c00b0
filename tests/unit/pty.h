/* For tests of what a terminal gets: standard error becomes a terminal, and later itself again. */
#ifndef TESTS_PTY_H
#define TESTS_PTY_H

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct pty {
    int master;
    int slave;
    int saved; /* what standard error was */
};

static inline void pty_resize(const struct pty *p, int columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};

    ioctl(p->slave, TIOCSWINSZ, &size);
}

/* Until pty_end() a failed assertion would not be heard. Returns 0 or -1. */
static inline int pty_begin(struct pty *p, int columns)
{
    struct termios settings;

    *p = (struct pty){.slave = -1, .saved = -1};
    p->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (p->master < 0 || grantpt(p->master) != 0 || unlockpt(p->master) != 0)
        return -1;
    p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY);
    if (p->slave < 0 || tcgetattr(p->slave, &settings) != 0)
        return -1;
    settings.c_oflag &= ~(tcflag_t)OPOST; /* line ends come as they are */
    if (tcsetattr(p->slave, TCSANOW, &settings) != 0)
        return -1;
    pty_resize(p, columns);
    p->saved = dup(STDERR_FILENO);
    return dup2(p->slave, STDERR_FILENO) < 0 ? -1 : 0;
}

/* What has come to the terminal since the last look, as a string. A terminal holds 4 KB. */
static inline const char *pty_told(const struct pty *p)
{
    static char told[100000];
    struct pollfd master = {.fd = p->master, .events = POLLIN};
    size_t used = 0;

    while (poll(&master, 1, 20) == 1 && (master.revents & POLLIN) != 0) {
        ssize_t n = read(p->master, told + used, sizeof(told) - 1 - used);

        if (n <= 0)
            break;
        used += (size_t)n;
    }
    told[used] = '\0';
    return told;
}

static inline void pty_end(struct pty *p)
{
    dup2(p->saved, STDERR_FILENO);
    close(p->saved);
    close(p->slave);
    close(p->master);
}

#endif
