#include "base/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

extern char **environ;

int program_find(const char *name, char **path)
{
    const char *folders = getenv("PATH");
    struct buf b = {0};

    while (folders != NULL && *folders != '\0') {
        size_t len = strcspn(folders, ":");

        b.len = 0;
        if (buf_printf(&b, "%.*s/%s", (int)len, len > 0 ? folders : ".", name) != 0)
            break;
        if (access(b.data, X_OK) == 0) {
            *path = buf_take(&b);
            return *path != NULL ? 1 : -1;
        }
        folders += len + (folders[len] == ':');
    }
    buf_free(&b);
    return folders == NULL || *folders == '\0' ? 0 : -1;
}

/* Returns 0, or -1 where there is no memory. */
static int add_variable(char **env, size_t *n, const char *variable)
{
    env[*n] = strdup(variable);
    if (env[*n] == NULL)
        return -1;
    (*n)++;
    return 0;
}

char **program_env(bool (*is_passed)(const void *self, const char *variable), const void *self,
                   const char *const more[])
{
    size_t n = 0, n_more = 0, used = 0;
    char **env;
    int rc = 0;

    while (environ[n] != NULL)
        n++;
    while (more[n_more] != NULL)
        n_more++;
    env = calloc(n + n_more + 1, sizeof(*env));
    for (size_t i = 0; env != NULL && i < n && rc == 0; i++)
        if (is_passed(self, environ[i]))
            rc = add_variable(env, &used, environ[i]);
    for (size_t i = 0; env != NULL && i < n_more && rc == 0; i++)
        rc = add_variable(env, &used, more[i]);
    if (env != NULL && rc == 0)
        return env;
    program_free_env(env);
    error_set("out of memory");
    return NULL;
}

void program_free_env(char **env)
{
    for (size_t i = 0; env != NULL && env[i] != NULL; i++)
        free(env[i]);
    free(env);
}
