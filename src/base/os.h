/*
 * What differs between systems: os_linux.c has the Linux way, os_posix.c what works everywhere.
 */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A descriptor to read the bytes from, which are on no disk (elsewhere than on Linux: in a file of
 * mode 0600 that has no name any more). A child that inherits it reads them as /dev/fd/N. `name`
 * is for whoever looks into /proc. The caller closes it. Returns -1 with the error set.
 */
int os_memory_file(const char *name, const void *data, size_t len);

/* Whether it is on no disk indeed: else what must never be on one has to go by a pipe. */
bool os_has_memory_files(void);

/*
 * A file in the folder to write and read, with mode 0600, that never has a name; closed on exec.
 * The caller closes it. Returns -1 with errno set, and no error text: EOPNOTSUPP, or another, where
 * the system or the folder's file system has no such thing.
 */
int os_unnamed_file(const char *folder);

/*
 * As pipe() and, for streams in Unix domain, socketpair() and socket(), closed on exec: from the
 * first moment on, where the system can, whatever other threads start then. The caller closes
 * them. Return 0, or the socket's descriptor; or -1 with the error set.
 */
int os_pipe(int ends[2]);
int os_socket_pair(int ends[2]);
int os_socket(void);

/*
 * The path by which a child that inherits the descriptor of a file opens that anew, to read it from
 * its first byte whatever others read of it. Returns whether the system has one.
 */
bool os_reopen_path(int fd, char *path, size_t size);

/*
 * Has the system keep none of the file's first len bytes (len > 0) in the page cache. What the disk
 * does not have yet stays there, and begins to be written: a later call drops it. Does not wait for
 * that, though a busy disk may take a moment to begin. Elsewhere than on Linux it does nothing.
 */
void os_drop_cached(int fd, uint64_t len);

/* How many bytes of the file a child has read that has opened it so, or 0 where that cannot be
 * told, or not yet. */
uint64_t os_bytes_read(pid_t child, int fd);

/*
 * Between fork() and exec(): has the kernel kill this child when the parent dies, also when that
 * has happened already. Elsewhere than on Linux it does nothing: there a child ends when it finds
 * its pipe to the parent closed.
 */
void os_die_with_parent(pid_t parent);

/*
 * Keeps this process's memory, in which keys, passphrases and rows lie, out of core dumps, and on
 * Linux out of the reach of the user's other processes too (/proc/PID/mem and environ, debuggers).
 * Children have no core dumps either; what they run can be looked at again. To be called first
 * thing. Never fails: a system that refuses is no worse than before.
 *
 * Under the address sanitizer the second part is left out: its leak checker attaches to the
 * process.
 */
void os_keep_memory_private(void);

/*
 * Has what is allocated in one piece of a MiB or more go back to the system as soon as it is freed:
 * by default much of it is kept for the next time, by each thread for itself. To be called before
 * any is allocated. Elsewhere than with glibc it does nothing.
 */
void os_return_large_memory(void);

/*
 * A condition variable that is waited for with os_cond_wait(), at most so many milliseconds
 * whatever is done to the machine's clock (elsewhere than on Linux and macOS a clock that is set
 * back makes it longer). As with pthread_cond_wait() it may come back for nothing.
 */
void os_cond_init(pthread_cond_t *cond);
void os_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int timeout_ms);

/* How many CPUs this process may use, at least 1: those it may run on, or fewer where its container
 * has a quota, rounded up. */
int os_cpus(void);

/*
 * How much memory this process has asked the system for, in bytes, used or not yet. 0 where the
 * system does not tell.
 */
size_t os_memory_asked_for(void);

#endif
