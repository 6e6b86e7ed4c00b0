/*
 * /proc/self/cgroup has the process's groups, one hierarchy a line (cgroups(7)):
 *
 *     4:cpu,cpuacct:/docker/0a1b     version 1: number, controllers, path
 *     0::/user.slice/session.scope   version 2
 *
 * /proc/self/mountinfo has where hierarchies are mounted, and what of them (proc(5)):
 *
 *     32 31 0:29 /docker/0a1b /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu
 *     id parent device ROOT PLACE options [tags]... - KIND source OPTIONS
 */
#include "base/cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 32

/* Where one hierarchy is mounted. */
struct mount {
    char root[PATH_MAX]; /* the group that is seen at `place` */
    char place[PATH_MAX];
};

static FILE *open_below(const char *root, const char *path)
{
    char full[PATH_MAX];

    if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
        return NULL;
    return fopen(full, "re");
}

/* Whether the word is in the comma-separated list. */
static bool has_word(const char *list, const char *word)
{
    const size_t len = strlen(word);

    for (; *list != '\0'; list += *list == ',') {
        size_t n = strcspn(list, ",");

        if (n == len && strncmp(list, word, len) == 0)
            return true;
        list += n;
    }
    return false;
}

/* Spaces and their kin stand as \040 in mountinfo. */
static void copy_unescaped(char to[PATH_MAX], const char *from)
{
    size_t len = 0;

    while (*from != '\0' && len < PATH_MAX - 1) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            to[len++] = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            to[len++] = *from++;
        }
    }
    to[len] = '\0';
}

/* Whether the line of mountinfo, which is cut up, mounts version 2, or of version 1 the hierarchy
 * with the controller "cpu". */
static bool read_mount(char *line, int version, struct mount *m)
{
    char *fields[FIELDS_MAX], *rest = NULL;
    size_t n = 0, dash = 6;

    for (char *f = strtok_r(line, " \n", &rest); f != NULL && n < FIELDS_MAX;
         f = strtok_r(NULL, " \n", &rest))
        fields[n++] = f;
    while (dash < n && strcmp(fields[dash], "-") != 0)
        dash++;
    if (dash + 3 >= n)
        return false;
    if (version == 2
            ? strcmp(fields[dash + 1], "cgroup2") != 0
            : strcmp(fields[dash + 1], "cgroup") != 0 || !has_word(fields[dash + 3], "cpu"))
        return false;
    copy_unescaped(m->root, fields[3]);
    copy_unescaped(m->place, fields[4]);
    return true;
}

static bool find_mount(const char *root, int version, struct mount *m)
{
    FILE *f = open_below(root, "/proc/self/mountinfo");
    char *line = NULL;
    size_t size = 0;
    bool found = false;

    while (f != NULL && !found && getline(&line, &size, f) > 0)
        found = read_mount(line, version, m);
    free(line);
    if (f != NULL)
        fclose(f);
    return found;
}

/* The path in a line of /proc/self/cgroup if it is of version 2, or of version 1's "cpu"; or
 * NULL. */
static const char *read_group(char *line, int version)
{
    char *controllers = strchr(line, ':'), *path;

    line[strcspn(line, "\n")] = '\0';
    path = controllers != NULL ? strchr(++controllers, ':') : NULL;
    if (path == NULL)
        return NULL;
    *path++ = '\0';
    if (version == 2 ? *controllers != '\0' : !has_word(controllers, "cpu"))
        return NULL;
    return path;
}

static bool find_group(const char *root, int version, char group[PATH_MAX])
{
    FILE *f = open_below(root, "/proc/self/cgroup");
    char *line = NULL;
    const char *path = NULL;
    size_t size = 0;
    bool found = false;

    while (f != NULL && path == NULL && getline(&line, &size, f) > 0)
        path = read_group(line, version);
    if (path != NULL)
        found = snprintf(group, PATH_MAX, "%s", path) < PATH_MAX;
    free(line);
    if (f != NULL)
        fclose(f);
    return found;
}

/* Reads one or two numbers from a file of the group's folder. Returns how many there are. */
static int read_numbers(const char *root, const char *folder, const char *name, long long *first,
                        long long *second)
{
    char path[PATH_MAX];
    FILE *f = NULL;
    int n;

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path))
        f = open_below(root, path);
    if (f == NULL)
        return 0;
    n = fscanf(f, "%lld %lld", first, second);
    fclose(f);
    return n;
}

/* One group's own limit in CPUs; 0 for none: "max", and in version 1 -1. */
static int read_quota(const char *root, const char *folder, int version)
{
    long long quota = 0, period = 0, none;

    if (version == 2)
        read_numbers(root, folder, "cpu.max", &quota, &period);
    else if (read_numbers(root, folder, "cpu.cfs_quota_us", &quota, &none) > 0)
        read_numbers(root, folder, "cpu.cfs_period_us", &period, &none);
    if (quota <= 0 || period <= 0 || quota / period >= INT_MAX)
        return 0;
    return (int)(quota / period) + (quota % period > 0);
}

/* The group's path below the mount. In a container the paths may be those of the machine, of which
 * it sees only its own group, as the mount's place. */
static const char *path_below(const struct mount *m, const char *group)
{
    const size_t len = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root);

    if (strncmp(group, m->root, len) != 0 || group[len] != '/' || strstr(group, "/..") != NULL)
        return "";
    return strcmp(group + len, "/") == 0 ? "" : group + len;
}

static int least_quota(const char *root, int version)
{
    char group[PATH_MAX], folder[2 * PATH_MAX];
    struct mount m;
    int least = 0;

    if (!find_group(root, version, group) || !find_mount(root, version, &m))
        return 0;
    snprintf(folder, sizeof(folder), "%s%s", m.place, path_below(&m, group));
    for (;;) {
        int cpus = read_quota(root, folder, version);

        if (cpus > 0 && (least == 0 || cpus < least))
            least = cpus;
        if (strlen(folder) <= strlen(m.place))
            return least;
        *strrchr(folder, '/') = '\0';
    }
}

int cgroup_cpus(const char *root)
{
    int one = least_quota(root, 1), two = least_quota(root, 2);

    return one == 0 || (two > 0 && two < one) ? two : one;
}
