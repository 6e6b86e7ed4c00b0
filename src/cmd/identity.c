#include "cmd/identity.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/options.h"

char *identity_path(const char *given, bool *chosen)
{
    const char *named = options_value(given, "DYNODROP_IDENTITY", NULL);
    const char *config = options_value(NULL, "XDG_CONFIG_HOME", NULL);
    const char *home = options_value(NULL, "HOME", "");
    struct buf b = {0};
    int rc;

    *chosen = named != NULL;
    if (named != NULL)
        rc = buf_add_text(&b, named);
    else if (config != NULL)
        rc = buf_printf(&b, "%s/dynodrop/identity.txt", config);
    else
        rc = buf_printf(&b, "%s/.config/dynodrop/identity.txt", home);
    if (rc == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

static int read_file(struct age_identities *identities, const char *path)
{
    struct io_file file;
    struct reader in;
    int rc;

    if (io_open(&file, path) != 0)
        return error_add_context("identity");
    in = io_reader(&file);
    rc = age_identities_read(identities, &in);
    if (rc != 0)
        error_add_context("identity file %s", file.name);
    io_close(&file);
    return rc;
}

int identity_read(struct age_identities *identities, const char *given, bool may_lack)
{
    bool chosen;
    char *path = identity_path(given, &chosen);
    int rc;

    if (path == NULL)
        return -1;
    if (!chosen && access(path, F_OK) != 0)
        rc = may_lack ? 0
                      : error_set("no identity: give -i the file that `dynodrop keygen` made, or "
                                  "put it at %s",
                                  path);
    else
        rc = read_file(identities, path);
    free(path);
    return rc;
}
