#include "pg/pgdump.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"
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

static const char **make_argv(const struct pg_dump_options *options, const char *conninfo)
{
    const char *const fixed[] = {options->path, "--format=custom", "--compress=0", "--no-password",
                                 "--snapshot",  options->snapshot, "--dbname",     conninfo};
    size_t n_fixed = sizeof(fixed) / sizeof(fixed[0]), n_user = 0;
    const char **argv;

    while (options->user != NULL && options->user[n_user] != NULL)
        n_user++;
    argv = calloc(n_fixed + n_user + 1, sizeof(*argv));
    if (argv == NULL) {
        error_set("out of memory");
        return NULL;
    }
    memcpy(argv, fixed, sizeof(fixed));
    if (n_user > 0)
        memcpy(argv + n_fixed, options->user, n_user * sizeof(*argv));
    return argv;
}

struct child *pg_dump_start(const struct pg_dump_options *options)
{
    char *conninfo = pg_conninfo_for_child(options->conninfo, options->conn);
    const char **argv = NULL;
    char **env = NULL;
    struct child *child = NULL;
    bool failed;
    int passfile;

    if (conninfo == NULL)
        return NULL;
    passfile = open_passfile(options->conn, &failed);
    if (failed)
        goto done;
    env = pg_tool_env(passfile);
    argv = make_argv(options, conninfo);
    if (env != NULL && argv != NULL)
        child = child_start(argv, env, passfile);

done:
    if (passfile >= 0)
        close(passfile);
    free(argv);
    pg_tool_free_env(env);
    free(conninfo);
    return child;
}
