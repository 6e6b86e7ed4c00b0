/*
 * The user's identities: where they are, and reading them.
 */
#ifndef CMD_IDENTITY_H
#define CMD_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "age/identity.h"

/* The identity files named with -i; the paths are not owned. */
struct identity_files {
    const char **paths;
    size_t count;
};

/* Makes room for as many files as there are arguments. Returns 0, or -1 with the error set;
 * identity_files_free() is due. */
int identity_files_init(struct identity_files *files, int argc);
void identity_files_free(struct identity_files *files);

/* Standard input cannot be both a drop and an identity. Returns 0, or -1 with the error set. */
int identity_files_check(const struct identity_files *files, const char *drop);

/*
 * The path of the identity file: `given`, else DYNODROP_IDENTITY, else the one in the user's own
 * configuration. *chosen tells whether the user named it. Returns an allocated path, or NULL with
 * the error set.
 */
char *identity_path(const char *given, bool *chosen);

/* Whether there are any: some are named, or the user's own file is there. */
bool identity_is_there(const struct identity_files *files);

/*
 * Reads the identities of one file; "-" is standard input. Asks for the passphrase of an encrypted
 * file, and warns of one that is not and that others may read. Returns 0, or -1 with the error set.
 */
int identity_read_file(struct age_identities *identities, const char *path);

/*
 * Reads the identities of all the files, or where there are none, of the one that identity_path()
 * finds. Returns 0, or -1 with the error set. The caller clears `identities` in both cases.
 */
int identity_read(struct age_identities *identities, const struct identity_files *files);

#endif
