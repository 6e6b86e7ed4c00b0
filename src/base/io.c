#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/interrupt.h"

int io_wait(int fd, short events, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = interrupt_fd(), .events = POLLIN}};

    for (;;) {
        int n = poll(fds, 2, timeout_ms);

        if (interrupt_signal() != 0)
            return interrupt_error();
        if (n >= 0)
            return fds[0].revents != 0;
        if (errno != EINTR)
            return error_set_errno("cannot wait for a descriptor");
    }
}

static ssize_t io_read(void *self, void *buf, size_t len)
{
    const struct io_file *f = self;

    for (;;) {
        ssize_t n;

        if (io_wait(f->fd, POLLIN, -1) < 0)
            return -1;
        n = read(f->fd, buf, len);
        if (n >= 0)
            return n;
        if (errno != EINTR && errno != EAGAIN)
            return error_set_errno("cannot read %s", f->name);
    }
}

static int io_write(void *self, const void *buf, size_t len)
{
    const struct io_file *f = self;
    const char *at = buf;

    while (len > 0) {
        ssize_t n;

        if (interrupt_signal() != 0)
            return interrupt_error();
        n = write(f->fd, at, len);
        if (n < 0 && errno == EAGAIN) {
            if (io_wait(f->fd, POLLOUT, -1) < 0)
                return -1;
        } else if (n < 0 && errno == EPIPE) {
            return error_set("cannot write to %s: its reader has gone", f->name);
        } else if (n < 0 && errno != EINTR) {
            return error_set_errno("cannot write to %s", f->name);
        } else if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

struct reader io_reader(struct io_file *f)
{
    return (struct reader){.read = io_read, .self = f};
}

struct writer io_writer(struct io_file *f)
{
    return (struct writer){.write = io_write, .self = f};
}

int io_print(const void *data, size_t len)
{
    struct io_file standard_output = {.fd = STDOUT_FILENO, .name = "standard output"};
    struct writer out = io_writer(&standard_output);

    return writer_put(&out, data, len);
}

int io_open(struct io_file *f, const char *path)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        *f = (struct io_file){.fd = STDIN_FILENO, .name = "standard input"};
        return 0;
    }
    *f = (struct io_file){.fd = open(path, O_RDONLY | O_CLOEXEC), .name = path};
    if (f->fd < 0)
        return error_set_errno("cannot open %s", path);
    if (fstat(f->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        io_close(f);
        return error_set("cannot read %s: it is a directory", path);
    }
    return 0;
}

void io_close(struct io_file *f)
{
    if (f->fd > STDERR_FILENO)
        close(f->fd);
    f->fd = -1;
}
