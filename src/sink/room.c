#include "sink/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/os.h"

/* What stays in the page cache before the place where a file is written or read, in bytes: a reader
 * that is no further behind the writer does without the disk. */
#define CACHED ((uint64_t)32 * 1024 * 1024)

/* How often what lies before that is dropped. */
#define DROP_STEP ((uint64_t)8 * 1024 * 1024)

/* What a receiver has lost of a part is sent again from its first byte. */
#define MOST_PART ((uint64_t)4 * 1024 * 1024 * 1024)

int room_check(const char *folder)
{
    struct stat st;

    if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
        errno = ENOTDIR;
    else if (access(folder, W_OK | X_OK) == 0)
        return 0;
    return error_set("cannot keep the drop's bytes in %s (%s): name another folder with --spool",
                     folder, strerror(errno));
}

int room_free(const char *folder, uint64_t *bytes)
{
    struct statvfs fs;
    int rc;

    do
        rc = statvfs(folder, &fs);
    while (rc != 0 && errno == EINTR);
    if (rc != 0)
        return error_set_errno("cannot tell how much room is in %s", folder);
    *bytes = fs.f_blocks == 0 ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}

uint64_t room_spare(uint64_t room)
{
    return room / 16;
}

uint64_t room_part_size(uint64_t room, uint64_t upper)
{
    uint64_t usable = room - room_spare(room), size = usable / 4;

    if (upper <= usable)
        return ROOM_ONE_FILE;
    if (usable < ROOM_LEAST_PART)
        return 0;
    if (size > MOST_PART)
        size = MOST_PART;
    return size < ROOM_LEAST_PART ? ROOM_LEAST_PART : size;
}

/* For file systems that make no file without a name: one that has lost it. */
static int file_unlinked(const char *folder)
{
    struct buf path = {0};
    int fd;

    if (buf_printf(&path, "%s/dynodrop.XXXXXX", folder) != 0) {
        errno = ENOMEM;
        return -1;
    }
    /* It makes it with mode 0600. */
    fd = mkostemp(path.data, O_CLOEXEC);
    if (fd >= 0 && unlink(path.data) != 0) {
        close(fd);
        fd = -1;
    }
    buf_free(&path);
    return fd;
}

int room_file(const char *folder)
{
    int fd = os_unnamed_file(folder);

    if (fd < 0)
        fd = file_unlinked(folder);
    if (fd < 0) {
        int reason = errno;

        error_set_errno("cannot make a file in %s", folder);
        errno = reason;
    }
    return fd;
}

ssize_t room_write(const char *folder, int fd, uint64_t offset, const void *buf, size_t len)
{
    ssize_t n;

    do
        n = pwrite(fd, buf, len, (off_t)offset);
    while (n < 0 && errno == EINTR && interrupt_signal() == 0);
    if (n > 0)
        return n;
    if (n < 0 && errno == EINTR)
        return interrupt_error();
    if (n == 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return 0;
    return error_set_errno("cannot write to a file in %s", folder);
}

ssize_t room_read(const char *folder, int fd, uint64_t offset, void *buf, size_t len)
{
    ssize_t n;

    do
        n = pread(fd, buf, len, (off_t)offset);
    while (n < 0 && errno == EINTR && interrupt_signal() == 0);
    if (n > 0)
        return n;
    if (n == 0)
        return error_set("a file in %s has lost bytes", folder);
    return errno == EINTR ? interrupt_error() : error_set_errno("cannot read a file in %s", folder);
}

void room_passed(int fd, uint64_t from, uint64_t to)
{
    if (to > CACHED && to / DROP_STEP > from / DROP_STEP)
        os_drop_cached(fd, to - CACHED);
}

void room_close(int fd)
{
    /* A child that another thread is starting may have it open for a moment longer. */
    while (ftruncate(fd, 0) != 0 && errno == EINTR)
        ;
    close(fd);
}
