/*
 * A drop in a file, or in a folder under its own name.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/part.h"
#include "sink/kind.h"
#include "sink/partial.h"

static struct writer file_writer(void *self)
{
    return partial_writer(self);
}

static int file_commit(void *self)
{
    return partial_commit(self);
}

static void file_free(void *self)
{
    partial_free(self);
}

static const struct sink_kind file_kind = {file_writer, file_commit, file_free};

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The path of the drop's file. Returns it, to be freed, or NULL with the error set. */
static char *drop_path(const char *path, const char *name)
{
    size_t len = strlen(path);
    bool slash = len > 0 && path[len - 1] == '/';
    struct buf b = {0};
    int rc;

    if (slash && !is_folder(path)) {
        error_set("there is no folder %s", path);
        return NULL;
    }
    if (is_folder(path))
        rc = buf_printf(&b, "%s%s%s", path, slash ? "" : "/", name);
    else
        rc = buf_add_text(&b, path);
    if (rc == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

/*
 * A drop replaces one of the same name, but parts replace none: an earlier drop may have had more
 * of them, and its last ones would be taken for this one's. Returns it, or NULL with the error set.
 */
static struct partial *create_part(const char *whole, unsigned part)
{
    char *path = part_name(whole, part);
    struct partial *p = NULL;

    if (path != NULL && access(path, F_OK) == 0)
        error_set("%s is there already, and the parts of one drop do not replace those of "
                  "another: remove all of these, or give the drop a name of its own",
                  path);
    else if (path != NULL)
        p = partial_create(path);
    free(path);
    return p;
}

int sink_open_file(struct sink *s, const char *path, const char *name, unsigned part)
{
    char *whole = drop_path(path, name);

    s->kind = &file_kind;
    s->self = NULL;
    if (whole != NULL)
        s->self = part > 0 ? create_part(whole, part) : partial_create(whole);
    free(whole);
    return s->self == NULL ? -1 : 0;
}
