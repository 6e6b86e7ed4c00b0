#include "tailnet/programs.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/program.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const passed_variables[] = {
    "PATH=*",       "HOME=*",        "USER=*",       "LOGNAME=*",     "LANG=*",     "TZ=*",
    "TMPDIR=*",     "SSL_CERT_*=*",  "HTTP_PROXY=*", "HTTPS_PROXY=*", "NO_PROXY=*", "ALL_PROXY=*",
    "http_proxy=*", "https_proxy=*", "no_proxy=*",   "all_proxy=*",   "TS_*=*"};

/* Of those: what is secret. Where tailscaled keeps its logs is for us to say. */
static const char *const withheld_variables[] = {"TS_*KEY*=*", "TS_*SECRET*=*", "TS_*TOKEN*=*",
                                                 "TS_LOGS_DIR=*"};

/*
 * What Go's runtime keeps to where the user says nothing else. Tried with tailscaled 1.98, sending
 * by Taildrop at 100 MB/s over loopback: its resident memory rises to 260 MB without these, and to
 * 43 MB with them.
 */
static const struct {
    const char *variable;
    const char *value;
} bounds[] = {{"GOMEMLIMIT", "48MiB"}, {"GOGC", "50"}};

int tailnet_program_find(const char *name, char **path)
{
    int found = program_find(name, path);

    if (found == 0)
        return error_set("the program %s is not on PATH, and Taildrop needs it: install Tailscale "
                         "(on Heroku the buildpack does), or choose another target",
                         name);
    return found < 0 ? -1 : 0;
}

static bool matches(const char *variable, const char *const patterns[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fnmatch(patterns[i], variable, 0) == 0)
            return true;
    return false;
}

static bool is_passed(const void *self, const char *variable)
{
    (void)self;
    return matches(variable, passed_variables, LENGTH(passed_variables)) &&
           !matches(variable, withheld_variables, LENGTH(withheld_variables));
}

/* An empty variable counts as none. */
static int add_bound(struct buf *b, const char *variable, const char *otherwise)
{
    const char *given = getenv(variable);

    return buf_printf(b, "%s=%s", variable, given != NULL && *given != '\0' ? given : otherwise);
}

char **tailnet_program_env(const char *logs)
{
    struct buf added[LENGTH(bounds) + 1] = {{0}};
    const char *more[LENGTH(added) + 1] = {NULL};
    char **env = NULL;
    int rc = 0;

    for (size_t i = 0; i < LENGTH(bounds) && rc == 0; i++) {
        rc = add_bound(&added[i], bounds[i].variable, bounds[i].value);
        more[i] = added[i].data;
    }
    if (rc == 0 && logs != NULL) {
        rc = buf_printf(&added[LENGTH(bounds)], "TS_LOGS_DIR=%s", logs);
        more[LENGTH(bounds)] = added[LENGTH(bounds)].data;
    }
    if (rc == 0)
        env = program_env(is_passed, NULL, more);
    for (size_t i = 0; i < LENGTH(added); i++)
        buf_free(&added[i]);
    return env;
}
