#include "cmd/parts.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/part.h"

/* Takes the path over, also where it fails. */
static int add(struct parts *parts, char *path)
{
    char **paths =
        path == NULL ? NULL : realloc(parts->paths, (parts->count + 1) * sizeof(*parts->paths));

    if (paths == NULL) {
        free(path);
        return error_set("out of memory");
    }
    parts->paths = paths;
    parts->paths[parts->count++] = path;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    unsigned x = part_number(*(char *const *)a), y = part_number(*(char *const *)b);

    return (x > y) - (x < y);
}

static void sort(struct parts *parts)
{
    qsort(parts->paths, parts->count, sizeof(*parts->paths), by_number);
}

static int check_together(int argc, char **argv)
{
    const char *first = argv[optind];

    for (int i = optind; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0)
            return error_set("standard input (-) is a whole drop: name no other beside it");
        if (part_number(argv[i]) == 0)
            return error_set("%s takes one drop, or the parts of one (NAME.001, NAME.002 ...): %s "
                             "is no part",
                             argv[0], argv[i]);
        if (!part_is_of_same(argv[i], first))
            return error_set("%s and %s are parts of two drops: name those of one", first, argv[i]);
    }
    return 0;
}

static int check_once(const struct parts *parts)
{
    for (size_t i = 1; i < parts->count; i++)
        if (by_number(&parts->paths[i - 1], &parts->paths[i]) == 0)
            return error_set("%s is named twice (also as %s): name each part once",
                             parts->paths[i - 1], parts->paths[i]);
    return 0;
}

/*
 * The path where the first of the parts that are not in the list belongs, to be freed, and how many
 * others are not in it either. NULL where all are, or with the error set where *rc is -1.
 */
static char *first_missing(const struct parts *parts, unsigned *others, int *rc)
{
    size_t i = 0;
    char *path;

    *rc = 0;
    while (i < parts->count && part_number(parts->paths[i]) == i + 1)
        i++;
    if (i == parts->count)
        return NULL;
    *others = part_number(parts->paths[parts->count - 1]) - (unsigned)parts->count - 1;
    path = part_path(parts->paths[i > 0 ? i - 1 : 0], (unsigned)i + 1);
    *rc = path != NULL ? 0 : -1;
    return path;
}

/* A part that is there was forgotten, or left out by mistake. */
static int check_left_out(const struct parts *parts)
{
    unsigned others;
    int rc;
    char *path = first_missing(parts, &others, &rc);

    if (path != NULL && access(path, F_OK) == 0)
        rc = error_set("%s belongs to the drop too: name all its parts, or the first one alone",
                       path);
    free(path);
    return rc;
}

int parts_take(struct parts *parts, int argc, char **argv)
{
    if (optind == argc)
        return error_set("%s takes one drop, or the parts of one; see dynodrop %s --help", argv[0],
                         argv[0]);
    if (argc - optind > 1 && check_together(argc, argv) != 0)
        return -1;
    for (int i = optind; i < argc; i++)
        if (add(parts, strdup(argv[i])) != 0)
            return -1;
    if (part_number(parts->paths[0]) == 0)
        return 0;
    sort(parts);
    return check_once(parts) == 0 ? check_left_out(parts) : -1;
}

static int add_from(struct parts *parts, DIR *folder)
{
    const char *first = parts->paths[0];
    const struct dirent *entry;
    unsigned number;

    for (errno = 0; (entry = readdir(folder)) != NULL; errno = 0) {
        number = part_number(entry->d_name);
        if (number > 1 && part_is_of_same(entry->d_name, first) &&
            add(parts, part_path(first, number)) != 0)
            return -1;
    }
    return errno == 0 ? 0 : error_set_errno("cannot look for the parts that follow %s", first);
}

/* Adds the parts that lie beside the first. */
static int look_beside(struct parts *parts)
{
    char *copy = strdup(parts->paths[0]);
    DIR *folder;
    int rc;

    if (copy == NULL)
        return error_set("out of memory");
    folder = opendir(dirname(copy));
    free(copy);
    if (folder == NULL)
        return error_set_errno("cannot look for the parts that follow %s", parts->paths[0]);
    rc = add_from(parts, folder);
    closedir(folder);
    sort(parts);
    return rc;
}

static int check_missing(const struct parts *parts)
{
    unsigned others;
    int rc;
    char *path = first_missing(parts, &others, &rc);

    if (path != NULL && others > 0)
        rc = error_set("%s and %u more are missing: put them beside the parts that are there, or "
                       "dump again if they never came",
                       path, others);
    else if (path != NULL)
        rc = error_set("%s is missing: put it beside the parts that are there, or dump again if it "
                       "never came",
                       path);
    free(path);
    return rc;
}

/* What is wrong with the last part is told before the first is read. */
static int check_readable(const struct parts *parts)
{
    struct stat st;

    for (size_t i = 0; i < parts->count; i++) {
        const char *path = parts->paths[i];

        if (access(path, R_OK) != 0 || stat(path, &st) != 0)
            return error_set_errno("cannot open %s", path);
        if (S_ISDIR(st.st_mode))
            return error_set("cannot read %s: it is a directory", path);
        if (S_ISREG(st.st_mode) && st.st_size == 0 && i + 1 < parts->count)
            return error_set("%s is empty: put the whole part there, or dump again if it never "
                             "came",
                             path);
    }
    return 0;
}

/* A drop that came in parts may be asked for by the name that it was given. */
static int check_whole(const char *path)
{
    char *first;
    int rc = 0;

    if (strcmp(path, "-") == 0 || access(path, F_OK) == 0 || errno != ENOENT)
        return 0;
    first = part_name(path, 1);
    if (first == NULL)
        return -1;
    if (access(first, F_OK) == 0)
        rc = error_set("cannot open %s: it came in parts, of which the first is %s", path, first);
    free(first);
    return rc;
}

static int set_name(struct parts *parts)
{
    const char *path = parts->paths[0];
    struct buf b = {0};
    int rc;

    if (parts->count > 1)
        rc = buf_printf(&b, "%.*s (%zu parts)", (int)part_stem(path), path, parts->count);
    else
        rc = buf_add_text(&b, strcmp(path, "-") == 0 ? "standard input" : path);
    parts->name = rc == 0 ? buf_take(&b) : NULL;
    buf_free(&b);
    return parts->name != NULL ? 0 : -1;
}

int parts_find(struct parts *parts)
{
    unsigned number = part_number(parts->paths[0]);
    int rc = 0;

    if (number == 0)
        rc = check_whole(parts->paths[0]);
    else if (number == 1 && parts->count == 1 && (rc = check_readable(parts)) == 0)
        rc = look_beside(parts);
    if (rc == 0 && parts->count > 1 && (rc = check_missing(parts)) == 0)
        rc = check_readable(parts);
    return rc == 0 ? set_name(parts) : -1;
}

void parts_free(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        free(parts->paths[i]);
    free(parts->paths);
    free(parts->name);
    *parts = (struct parts){0};
}
