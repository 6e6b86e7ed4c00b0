#include "base/os.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/stream.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAY_BE_TRACED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define MAY_BE_TRACED 1
#endif
#ifndef MAY_BE_TRACED
#define MAY_BE_TRACED 0
#endif

int os_memory_file(const char *name, const void *data, size_t len)
{
    struct io_file file = {.fd = memfd_create(name, MFD_CLOEXEC), .name = "a file in memory"};
    struct writer out = io_writer(&file);

    if (file.fd < 0)
        return error_set_errno("cannot make a file in memory");
    /* libpq ignores a password file that others may read. */
    if (fchmod(file.fd, S_IRUSR | S_IWUSR) != 0) {
        error_set_errno("cannot protect a file in memory");
        goto fail;
    }
    if (writer_put(&out, data, len) != 0)
        goto fail;
    return file.fd;

fail:
    close(file.fd);
    return -1;
}

bool os_has_memory_files(void)
{
    return true;
}

int os_unnamed_file(const char *folder)
{
    /* O_EXCL: it cannot be given a name later. */
    return open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

int os_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : error_set_errno("cannot make a pipe");
}

int os_socket_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0
               ? 0
               : error_set_errno("cannot make a pair of sockets");
}

int os_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 ? fd : error_set_errno("cannot make a socket");
}

bool os_reopen_path(int fd, char *path, size_t size)
{
    return snprintf(path, size, "/dev/fd/%d", fd) < (int)size;
}

/* Linux does not drop what is not on the disk, but begins to write it at this call. */
void os_drop_cached(int fd, uint64_t len)
{
    posix_fadvise(fd, 0, (off_t)len, POSIX_FADV_DONTNEED);
}

/* Whether a descriptor of the process, by its name there, is of that file. */
static bool is_of_file(pid_t process, const char *descriptor, const struct stat *file)
{
    struct stat found;
    char path[64];

    return snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)process, descriptor) <
               (int)sizeof(path) &&
           stat(path, &found) == 0 && found.st_dev == file->st_dev && found.st_ino == file->st_ino;
}

/* Where the descriptor stands in its file, which the first line tells: "pos:\t4096". */
static uint64_t position_of(pid_t process, const char *descriptor)
{
    char path[64], line[64] = "";
    FILE *info = NULL;

    if (snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)process, descriptor) <
        (int)sizeof(path))
        info = fopen(path, "re");
    if (info == NULL)
        return 0;
    if (fgets(line, sizeof(line), info) == NULL || strncmp(line, "pos:", 4) != 0)
        *line = '\0';
    fclose(info);
    return *line != '\0' ? strtoull(line + 4, NULL, 10) : 0;
}

/* The descriptor that the child has inherited has the same number as ours. */
uint64_t os_bytes_read(pid_t child, int fd)
{
    const struct dirent *entry;
    struct stat file;
    uint64_t position = 0;
    char path[64];
    DIR *folder;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)child);
    folder = fstat(fd, &file) == 0 ? opendir(path) : NULL;
    while (folder != NULL && position == 0 && (entry = readdir(folder)) != NULL)
        if (atoi(entry->d_name) != fd && is_of_file(child, entry->d_name, &file))
            position = position_of(child, entry->d_name);
    if (folder != NULL)
        closedir(folder);
    return position;
}

void os_die_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
}

void os_keep_memory_private(void)
{
    const struct rlimit none = {0};

    setrlimit(RLIMIT_CORE, &none);
    /* The limit is not heeded where core dumps are piped to a program, as systemd's is. */
    if (!MAY_BE_TRACED)
        prctl(PR_SET_DUMPABLE, 0);
}

void os_return_large_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
#endif
}

void os_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void os_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int timeout_ms)
{
    struct timespec until = clock_after(CLOCK_MONOTONIC, timeout_ms);

    pthread_cond_timedwait(cond, mutex, &until);
}

/* Left open, since it is read often. */
static int statm_fd = -1;

static void open_statm(void)
{
    statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

size_t os_memory_asked_for(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char text[32];
    ssize_t n;

    pthread_once(&once, open_statm);
    n = pread(statm_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

int os_cpus(void)
{
    int quota = cgroup_cpus("");
    cpu_set_t mine;
    int cpus;

    /* It fails where the machine has more CPUs than the set holds. */
    if (sched_getaffinity(0, sizeof(mine), &mine) == 0)
        cpus = CPU_COUNT(&mine);
    else
        cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (quota > 0 && quota < cpus)
        cpus = quota;
    return cpus < 1 ? 1 : cpus;
}
