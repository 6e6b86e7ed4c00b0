#include "pg/pgdump.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/program.h"
#include "base/words.h"
#include "pg/conninfo.h"
#include "pg/passfile.h"
#include "pg/tools.h"

/* How many bytes of arguments the kernel takes, the environment's share and some reserve left. */
static size_t argument_bytes(void)
{
    long max = sysconf(_SC_ARG_MAX);

    return (size_t)(max > 0 ? max : _POSIX_ARG_MAX) / 4;
}

/* Of an option given twice pg_dump takes the later: the user's are last. */
static const char **make_argv(const struct pg_dump_options *options, const char *conninfo,
                              const char *lock_timeout, const char *const *exclude)
{
    const char *const fixed[] = {options->path, "--format=custom", "--compress=0", "--no-password",
                                 "--snapshot",  options->snapshot, "--dbname",     conninfo};
    size_t n_fixed = sizeof(fixed) / sizeof(fixed[0]);
    size_t n_exclude = words_count(exclude), n_user = words_count(options->user), n = 0;
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
        child = child_start(
            argv, env,
            (struct child_files){
                .input = -1, .output = -1, .inherit = &passfile, .n_inherit = passfile >= 0});
    free(argv);
    program_free_env(env);
    pg_exclude_free(exclude);
    return child;
}

struct child *pg_dump_start(const struct pg_dump_options *options)
{
    char *conninfo = pg_conninfo_for_child(options->conninfo, options->conn);
    struct child *child = NULL;
    int passfile;

    if (conninfo == NULL)
        return NULL;
    if (pg_passfile_open(options->conn, &passfile) == 0)
        child = start(options, conninfo, passfile);
    pg_passfile_close(passfile);
    free(conninfo);
    return child;
}
