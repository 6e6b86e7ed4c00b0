/* For the tests of the spool: a folder for it, also one with little room, and what is in it. */
#ifndef TESTS_SPOOL_FOLDER_H
#define TESTS_SPOOL_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

/* How much a small folder holds, in bytes. */
#define SMALL_ROOM (4 * 1024 * 1024)

static char folder[] = "/tmp/spool_test.XXXXXX";
static bool is_small;

#ifdef __linux__

static inline void put_line(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY);

    if (fd >= 0 && write(fd, line, strlen(line)) < 0)
        perror(path);
    close(fd);
}

/* Mounts go with this process, however it ends. Returns whether there may be some. */
static inline bool have_own_mounts(void)
{
    char uid[32], gid[32];

    if (geteuid() == 0)
        return unshare(CLONE_NEWNS) == 0;
    snprintf(uid, sizeof(uid), "0 %d 1", (int)geteuid());
    snprintf(gid, sizeof(gid), "0 %d 1", (int)getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    put_line("/proc/self/uid_map", uid);
    put_line("/proc/self/setgroups", "deny");
    put_line("/proc/self/gid_map", gid);
    return true;
}

static inline bool mount_small(void)
{
    static int have_own = -1;
    char options[64];

    if (have_own < 0)
        have_own = have_own_mounts() && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    snprintf(options, sizeof(options), "size=%d,mode=700", SMALL_ROOM);
    return have_own == 1 && mount("none", folder, "tmpfs", 0, options) == 0;
}

static inline void unmount_small(void)
{
    if (umount2(folder, MNT_DETACH) != 0)
        perror(folder);
}

static inline bool make_read_only(void)
{
    return mount("none", folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0;
}

#else

static inline bool mount_small(void)
{
    return false;
}

static inline void unmount_small(void)
{
}

static inline bool make_read_only(void)
{
    return false;
}

#endif

static inline int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    return mkdtemp(folder) == NULL;
}

/* A test in it asks need_small() first. */
static inline int make_small_folder(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    is_small = mount_small();
    return 0;
}

#define need_small()                                                                               \
    do {                                                                                           \
        if (!is_small) {                                                                           \
            print_message("# no tmpfs can be mounted here\n");                                     \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* Fails where something is left in it. */
static inline int remove_folder(void **state)
{
    (void)state;
    if (is_small)
        unmount_small();
    is_small = false;
    return rmdir(folder);
}

static inline bool is_empty(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *entry;
    int n = 0;

    if (d == NULL)
        return false;
    while ((entry = readdir(d)) != NULL)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return n == 0;
}

/* A file of this process that is in the folder and has no name: its descriptor, the next one behind
 * `fd`, or -1. */
static inline int next_file(int fd)
{
    struct stat in, st;

    if (stat(folder, &in) != 0)
        return -1;
    while (++fd < 1024)
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 &&
            st.st_dev == in.st_dev)
            return fd;
    return -1;
}

static inline int count_files(void)
{
    int n = 0;

    for (int fd = next_file(-1); fd >= 0; fd = next_file(fd))
        n++;
    return n;
}

#endif
