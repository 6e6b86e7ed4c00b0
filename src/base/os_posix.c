#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/stream.h"

int os_memory_file(const char *name, const void *data, size_t len)
{
    const char *folder = getenv("TMPDIR");
    char path[PATH_MAX];
    struct io_file file;
    struct writer out = io_writer(&file);

    (void)name;
    snprintf(path, sizeof(path), "%s/dynodrop.XXXXXX", folder != NULL ? folder : "/tmp");
    /* mkstemp() makes it with mode 0600. */
    file = (struct io_file){.fd = mkstemp(path), .name = path};
    if (file.fd < 0)
        return error_set_errno("cannot make a temporary file in %s", path);
    unlink(path);
    fcntl(file.fd, F_SETFD, FD_CLOEXEC);
    if (writer_put(&out, data, len) != 0)
        goto fail;
    /* Here /dev/fd/N shares the position with this descriptor: it must stand at the start. */
    if (lseek(file.fd, 0, SEEK_SET) != 0) {
        error_set_errno("cannot go back in a temporary file");
        goto fail;
    }
    return file.fd;

fail:
    close(file.fd);
    return -1;
}

bool os_has_memory_files(void)
{
    return false;
}

int os_unnamed_file(const char *folder)
{
    (void)folder;
    errno = EOPNOTSUPP;
    return -1;
}

static int close_on_exec(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return 0;
}

int os_pipe(int ends[2])
{
    return pipe(ends) == 0 ? close_on_exec(ends) : error_set_errno("cannot make a pipe");
}

int os_socket_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0
               ? close_on_exec(ends)
               : error_set_errno("cannot make a pair of sockets");
}

int os_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0)
        return error_set_errno("cannot make a socket");
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

/* Where there is /dev/fd, what is opened there is read on from where others have stopped. */
bool os_reopen_path(int fd, char *path, size_t size)
{
    (void)fd;
    (void)path;
    (void)size;
    return false;
}

void os_drop_cached(int fd, uint64_t len)
{
    (void)fd;
    (void)len;
}

uint64_t os_bytes_read(pid_t child, int fd)
{
    (void)child;
    (void)fd;
    return 0;
}

void os_die_with_parent(pid_t parent)
{
    (void)parent;
}

void os_keep_memory_private(void)
{
    const struct rlimit none = {0};

    setrlimit(RLIMIT_CORE, &none);
}

void os_return_large_memory(void)
{
}

void os_cond_init(pthread_cond_t *cond)
{
    pthread_cond_init(cond, NULL);
}

#ifdef __APPLE__
void os_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int timeout_ms)
{
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                                     .tv_nsec = timeout_ms % 1000 * 1000000L};

    pthread_cond_timedwait_relative_np(cond, mutex, &timeout);
}
#else
void os_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int timeout_ms)
{
    struct timespec until = clock_after(CLOCK_REALTIME, timeout_ms);

    pthread_cond_timedwait(cond, mutex, &until);
}
#endif

size_t os_memory_asked_for(void)
{
    return 0;
}

int os_cpus(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    return online < 1 ? 1 : (int)online;
}
