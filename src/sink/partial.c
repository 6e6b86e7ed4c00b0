#include "sink/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"

struct partial {
    char *final_path;
    char *path; /* NULL once committed */
    struct io_file file;
    int folder; /* that it is in: a rename is only on disk when its folder is */
};

static int lock(struct partial *p)
{
    if (flock(p->file.fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return error_set_errno("cannot lock %s", p->path);
    return error_set("another run is writing %s", p->path);
}

/* Whether the path is still the file that was opened: who held the lock before may have renamed or
 * removed it. */
static bool still_there(const struct partial *p)
{
    struct stat opened, named;

    return fstat(p->file.fd, &opened) == 0 && lstat(p->path, &named) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* Removes what is there, unless it is being written. It is not used: in a folder like /tmp others
 * may have put it there. */
static int remove_stale(struct partial *p)
{
    struct stat st;

    p->file.fd = open(p->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (p->file.fd < 0)
        return errno == ENOENT ? 0 : error_set_errno("cannot write over %s", p->path);
    if (fstat(p->file.fd, &st) != 0 || !S_ISREG(st.st_mode))
        return error_set("cannot write %s: it is there and no regular file", p->path);
    if (lock(p) != 0)
        return -1;
    if (still_there(p) && unlink(p->path) != 0)
        return error_set_errno("cannot remove %s", p->path);
    close(p->file.fd);
    p->file.fd = -1;
    return 0;
}

/* Creates and locks the path. Returns 1; 0 where it is to be tried again; -1 with the error set. */
static int create_locked(struct partial *p)
{
    p->file = (struct io_file){.fd = open(p->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                               .name = p->path};
    if (p->file.fd < 0)
        return errno == EEXIST ? remove_stale(p) : error_set_errno("cannot create %s", p->path);
    if (lock(p) != 0)
        return -1;
    if (still_there(p))
        return 1;
    close(p->file.fd);
    p->file.fd = -1;
    return 0;
}

static int open_folder(struct partial *p)
{
    char *copy = strdup(p->final_path);

    if (copy == NULL)
        return error_set("out of memory");
    p->folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (p->folder < 0)
        return error_set_errno("cannot open the folder of %s", p->final_path);
    return 0;
}

static int begin(struct partial *p)
{
    struct stat st;
    int created;

    if (open_folder(p) != 0)
        return -1;
    if (stat(p->final_path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set("cannot write %s: it is there and no regular file", p->final_path);
    do
        created = create_locked(p);
    while (created == 0);
    return created < 0 ? -1 : 0;
}

struct partial *partial_create(const char *path)
{
    struct partial *p = calloc(1, sizeof(*p));
    struct buf b = {0};

    if (p == NULL) {
        error_set("out of memory");
        return NULL;
    }
    p->file.fd = p->folder = -1;
    p->final_path = strdup(path);
    if (p->final_path == NULL || buf_printf(&b, "%s.partial", path) != 0) {
        error_set("out of memory");
        partial_free(p);
        return NULL;
    }
    p->path = buf_take(&b);
    if (p->path == NULL || begin(p) != 0) {
        /* What is there is another's, or could not be made. */
        free(p->path);
        p->path = NULL;
        partial_free(p);
        return NULL;
    }
    return p;
}

struct writer partial_writer(struct partial *p)
{
    return io_writer(&p->file);
}

int partial_seek(struct partial *p, uint64_t position)
{
    if (lseek(p->file.fd, (off_t)position, SEEK_SET) < 0)
        return error_set_errno("cannot go back in %s", p->path);
    return 0;
}

int partial_commit(struct partial *p)
{
    if (fsync(p->file.fd) != 0)
        return error_set_errno("cannot write %s to disk", p->path);
    if (rename(p->path, p->final_path) != 0)
        return error_set_errno("cannot rename %s to %s", p->path, p->final_path);
    free(p->path);
    p->path = NULL;
    if (fsync(p->folder) != 0 && errno != EINVAL) /* some file systems have no such call */
        return error_set_errno("cannot sync the folder of %s", p->final_path);
    return 0;
}

void partial_free(struct partial *p)
{
    if (p == NULL)
        return;
    if (p->path != NULL)
        unlink(p->path);
    if (p->file.fd >= 0)
        close(p->file.fd);
    if (p->folder >= 0)
        close(p->folder);
    free(p->path);
    free(p->final_path);
    free(p);
}
