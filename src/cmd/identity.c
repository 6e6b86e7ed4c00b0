#include "cmd/identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "cmd/options.h"
#include "cmd/passphrase.h"

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

int identity_files_init(struct identity_files *files, int argc)
{
    *files = (struct identity_files){.paths = calloc((size_t)argc, sizeof(*files->paths))};
    return files->paths != NULL ? 0 : error_set("out of memory");
}

void identity_files_free(struct identity_files *files)
{
    free(files->paths);
    *files = (struct identity_files){0};
}

int identity_files_check(const struct identity_files *files, const char *drop)
{
    const char *variable = options_value(NULL, "DYNODROP_IDENTITY", "");
    size_t inputs = strcmp(drop, "-") == 0;

    for (size_t i = 0; i < files->count; i++)
        inputs += strcmp(files->paths[i], "-") == 0;
    if (files->count == 0)
        inputs += strcmp(variable, "-") == 0;
    if (inputs > 1)
        return error_set("standard input (-) can be only one of the drop and the identities: name "
                         "the others' files");
    return 0;
}

/* A key that stands in the file as it is, is everybody's who can read it. Pipes have no such mode.
 */
static void warn_of_mode(const struct io_file *file)
{
    struct stat st;

    if (file->fd != STDIN_FILENO && fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
        log_warn("identity file %s can be read by others (mode %04o), who could open your drops: "
                 "run `chmod 600` on it",
                 file->name, (unsigned)(st.st_mode & 07777));
}

int identity_read_file(struct age_identities *identities, const char *path)
{
    struct passphrase_question question;
    struct age_passphrase passphrase = passphrase_source(&question);
    struct io_file file;
    struct reader in;
    int rc;

    if (io_open(&file, path) != 0)
        return error_add_context("identity");
    question.of = file.name;
    in = io_reader(&file);
    rc = age_identities_read(identities, &in, &passphrase);
    if (rc != 0)
        error_add_context("identity file %s%s", file.name, passphrase_origin(&question));
    else if (!question.asked)
        warn_of_mode(&file);
    io_close(&file);
    return rc;
}

bool identity_is_there(const struct identity_files *files)
{
    bool chosen, there;
    char *path;

    if (files->count > 0)
        return true;
    path = identity_path(NULL, &chosen);
    there = path != NULL && (chosen || access(path, F_OK) == 0);
    free(path);
    return there;
}

int identity_read(struct age_identities *identities, const struct identity_files *files)
{
    bool chosen;
    char *path;
    int rc = 0;

    for (size_t i = 0; i < files->count && rc == 0; i++)
        rc = identity_read_file(identities, files->paths[i]);
    if (files->count > 0)
        return rc;
    path = identity_path(NULL, &chosen);
    if (path == NULL)
        return -1;
    if (!chosen && access(path, F_OK) != 0)
        rc = error_set("no identity: give -i the file that `dynodrop keygen` made, or put it at %s",
                       path);
    else
        rc = identity_read_file(identities, path);
    free(path);
    return rc;
}
