#include "pg/tools.h"

#include <fnmatch.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/error.h"
#include "base/program.h"

/* Debian and Ubuntu install each major version's programs here, whatever is on PATH. */
#define VERSIONED_PATH "/usr/lib/postgresql/%d/bin/%s"

/* How many majors newer than the server are looked for there. */
#define NEWER_MAJORS 10

/* Passed beside libpq's own. The rest stays out: DATABASE_URL and its kind hold passwords. */
static const char *const passed_variables[] = {
    "PATH=*",     "HOME=*",           "USER=*",         "LOGNAME=*", "LANG=*",
    "LANGUAGE=*", "LC_*=*",           "TZ=*",           "TMPDIR=*",  "PGSERVICEFILE=*",
    "PGTZ=*",     "PGSYSCONFDIR=*",   "PGREQUIRESSL=*", "KRB5*=*",   "SSL_CERT_*=*",
    "DYLD_*=*",   "LD_LIBRARY_PATH=*"};

/* Whether the variable is one that libpq takes an option from, and no secret. A list, since PGURL
 * or PGHERO_DATABASE_URL are others'. */
static bool is_libpqs(const char *variable, const PQconninfoOption *options)
{
    size_t len = strcspn(variable, "=");

    for (; options->keyword != NULL; options++)
        if (options->envvar != NULL && options->dispchar[0] != '*' &&
            strlen(options->envvar) == len && strncmp(variable, options->envvar, len) == 0)
            return true;
    return false;
}

struct passing {
    const PQconninfoOption *options;
    bool own_passfile;
    bool in_english;
};

/* Whether the variable says in which language messages are. LC_ALL goes before LC_MESSAGES. */
static bool is_of_messages(const char *variable)
{
    return fnmatch("LC_ALL=*", variable, 0) == 0 || fnmatch("LC_MESSAGES=*", variable, 0) == 0 ||
           fnmatch("LANGUAGE=*", variable, 0) == 0;
}

static bool is_passed(const void *self, const char *variable)
{
    const struct passing *p = self;
    bool passed = is_libpqs(variable, p->options);

    for (size_t i = 0; i < sizeof(passed_variables) / sizeof(passed_variables[0]); i++)
        passed = passed || fnmatch(passed_variables[i], variable, 0) == 0;
    return passed && !(p->own_passfile && fnmatch("PGPASSFILE=*", variable, 0) == 0) &&
           !(p->in_english && is_of_messages(variable));
}

static char **make_env(int passfile_fd, bool in_english)
{
    PQconninfoOption *options = PQconndefaults();
    const struct passing passing = {
        .options = options, .own_passfile = passfile_fd >= 0, .in_english = in_english};
    char passfile[48], **env;
    const char *more[3] = {NULL};
    size_t n = 0;

    if (options == NULL) {
        error_set("out of memory");
        return NULL;
    }
    snprintf(passfile, sizeof(passfile), "PGPASSFILE=/dev/fd/%d", passfile_fd);
    if (passing.own_passfile)
        more[n++] = passfile;
    if (in_english)
        more[n] = "LC_MESSAGES=C";
    env = program_env(is_passed, &passing, more);
    PQconninfoFree(options);
    return env;
}

char **pg_tool_env(int passfile_fd)
{
    return make_env(passfile_fd, false);
}

char **pg_tool_env_in_english(int passfile_fd)
{
    return make_env(passfile_fd, true);
}

/* "pg_dump (PostgreSQL) 15.20" or "pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)" */
static int parse_version(struct pg_tool *tool, char *line)
{
    char *version = strstr(line, "(PostgreSQL) ");

    line[strcspn(line, "\n")] = '\0';
    if (version == NULL || (tool->major = atoi(version + 13)) <= 0)
        return error_set("%s does not say which version it is: \"%.80s\"", tool->path, line);
    tool->version = strdup(version + 13);
    return tool->version == NULL ? error_set("out of memory") : 0;
}

static int ask_version(struct pg_tool *tool)
{
    const char *const argv[] = {tool->path, "--version", NULL};
    char **env = pg_tool_env(-1);
    const struct child_files files = {.input = -1, .output = -1};
    struct child *child = env == NULL ? NULL : child_start(argv, env, files);
    char line[256];
    struct reader out;
    ssize_t n;
    int rc = -1;

    program_free_env(env);
    if (child == NULL)
        return -1;
    out = child_output(child);
    n = reader_fill(&out, line, sizeof(line) - 1);
    if (n >= 0 && child_wait(child) == 0) {
        line[n] = '\0';
        rc = parse_version(tool, line);
    }
    child_free(child);
    return rc;
}

/* Takes over the path. */
static int try_tool(struct pg_tool *tool, char *path)
{
    *tool = (struct pg_tool){.path = path};
    if (path == NULL)
        return error_set("out of memory");
    if (ask_version(tool) == 0)
        return 0;
    pg_tool_free(tool);
    return -1;
}

int pg_tool_find(struct pg_tool *tool, const char *name, int least_major)
{
    char on_path_version[64] = "";
    char path[PATH_MAX];
    char *on_path = NULL;
    int found = program_find(name, &on_path);

    if (found < 0 || (found > 0 && try_tool(tool, on_path) != 0))
        return -1;
    if (found > 0) {
        if (tool->major >= least_major)
            return 0;
        snprintf(on_path_version, sizeof(on_path_version), "%s", tool->version);
        pg_tool_free(tool);
    }
    for (int major = least_major; major < least_major + NEWER_MAJORS; major++) {
        snprintf(path, sizeof(path), VERSIONED_PATH, major, name);
        if (access(path, X_OK) == 0)
            return try_tool(tool, strdup(path));
    }
    if (found == 0)
        return error_set("%s is not on PATH: install the client programs of PostgreSQL %d or later",
                         name, least_major);
    return error_set("%s %s is older than the server: install the client programs of PostgreSQL "
                     "%d or later",
                     name, on_path_version, least_major);
}

void pg_tool_free(struct pg_tool *tool)
{
    free(tool->path);
    free(tool->version);
    tool->path = tool->version = NULL;
}
