/*
 * The user's identities: where they are, and reading them.
 */
#ifndef CMD_IDENTITY_H
#define CMD_IDENTITY_H

#include <stdbool.h>

#include "age/identity.h"

/*
 * The path of the identity file: `given`, else DYNODROP_IDENTITY, else the one in the user's own
 * configuration. *chosen tells whether the user named it. Returns an allocated path, or NULL with
 * the error set.
 */
char *identity_path(const char *given, bool *chosen);

/*
 * Reads the identities of that file; "-" is standard input. Where the user named none and has
 * none, it is no error if `may_lack` says so, and `identities` stays empty. Returns 0, or -1 with
 * the error set. The caller clears `identities`.
 */
int identity_read(struct age_identities *identities, const char *given, bool may_lack);

#endif
