#include "pg/pgdump.h"

#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"
#include "base/program.h"
#include "pg/conninfo.h"
#include "pg/tools.h"

/* Returns a descriptor with the password file, or -1: *failed tells whether that is an error or
 * there is no password. */
static int open_passfile(PGconn *conn, bool *failed)
{
    char *passfile = pg_conninfo_passfile(conn);
    int fd = -1;

    *failed = passfile == NULL;
    if (passfile == NULL)
        return -1;
    if (*passfile != '\0') {
        fd = os_memory_file("pgpass", passfile, strlen(passfile));
        *failed = fd < 0;
    }
    sodium_memzero(passfile, strlen(passfile));
    free(passfile);
    return fd;
}

/* How many bytes of arguments the kernel takes, the environment's share and some reserve left. */
static size_t argument_bytes(void)
{
    long max = sysconf(_SC_ARG_MAX);

    return (size_t)(max > 0 ? max : _POSIX_ARG_MAX) / 4;
}

static size_t count(const char *const *words)
{
    size_t n = 0;

    while (words != NULL && words[n] != NULL)
        n++;
    return n;
}

/* Of an option given twice pg_dump takes the later: the user's are last. */
static const char **make_argv(const struct pg_dump_options *options, const char *conninfo,
                              const char *lock_timeout, const char *const *exclude)
{
    const char *const fixed[] = {options->path, "--format=custom", "--compress=0", "--no-password",
                                 "--snapshot",  options->snapshot, "--dbname",     conninfo};
    size_t n_fixed = sizeof(fixed) / sizeof(fixed[0]);
    size_t n_exclude = count(exclude), n_user = count(options->user), n = 0;
    const char **argv = calloc(n_fixed + n_exclude + n_user + 2, sizeof(*argv));

    if (argv == NULL) {
        error_set("out of memory");
        return NULL;
    }
    for (size_t i = 0; i < n_fixed; i++)
        argv[n++] = fixed[i];
    if (options->lock_timeout_ms > 0)
        argv[n++] = lock_timeout;
    for (size_t i = 0; i < n_exclude; i++)
        argv[n++] = exclude[i];
    for (size_t i = 0; i < n_user; i++)
        argv[n++] = options->user[i];
    return argv;
}

/* Starts it with the password file. */
static struct child *start(const struct pg_dump_options *options, const char *conninfo,
                           int passfile)
{
    char **exclude =
        pg_exclude_options(options->without_rows_of, options->n_without_rows_of, argument_bytes());
    char **env = pg_tool_env(passfile);
    const char **argv = NULL;
    struct child *child = NULL;
    char lock_timeout[48];

    snprintf(lock_timeout, sizeof(lock_timeout), "--lock-wait-timeout=%d",
             options->lock_timeout_ms);
    if (exclude != NULL && env != NULL)
        argv = make_argv(options, conninfo, lock_timeout, (const char *const *)exclude);
    if (argv != NULL)
        child = child_start(argv, env, (struct child_files){-1, -1, passfile});
    free(argv);
    program_free_env(env);
    pg_exclude_free(exclude);
    return child;
}

struct child *pg_dump_start(const struct pg_dump_options *options)
{
    char *conninfo = pg_conninfo_for_child(options->conninfo, options->conn);
    struct child *child = NULL;
    bool failed;
    int passfile;

    if (conninfo == NULL)
        return NULL;
    passfile = open_passfile(options->conn, &failed);
    if (!failed)
        child = start(options, conninfo, passfile);
    if (passfile >= 0)
        close(passfile);
    free(conninfo);
    return child;
}
