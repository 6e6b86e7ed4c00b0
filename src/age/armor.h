/*
 * ASCII armor, the text form of an age file (https://c2sp.org/age): strict PEM.
 *
 *     -----BEGIN AGE ENCRYPTED FILE-----
 *     YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBURWlGMHlwcXIrYnB2Y3FY
 *     ...
 *     -----END AGE ENCRYPTED FILE-----
 *
 * Lines of 64 characters of canonical, padded base64; the last one may be shorter but not empty.
 * They end with LF or CRLF. In front of it and behind it blanks and empty lines may stand, and
 * nothing else.
 *
 * Armor proves nothing: what is in it is an age file, which does.
 */
#ifndef AGE_ARMOR_H
#define AGE_ARMOR_H

#include "base/stream.h"

#include <stdbool.h>

/* How many blanks and line ends are taken in front of it, and how many behind it, in bytes. */
#define AGE_ARMOR_BLANKS_MAX 1024

/* Whether this is one of them. */
bool age_armor_is_blank(char c);

struct age_armor;

/*
 * Takes an armored file off its armor. Reads nothing yet; what in points to must outlive it.
 * Returns it, to be freed with age_armor_free(), or NULL with the error set (out of memory).
 */
struct age_armor *age_armor_new(struct reader in);

/*
 * The reader of the bytes in it; blocks as in does. It comes to the end (0) only when the closing
 * line and what is behind it are as they should be. It fails with an error that begins with
 * "malformed ASCII armor" and tells the line.
 */
struct reader age_armor_reader(struct age_armor *armor);

/* NULL is allowed. */
void age_armor_free(struct age_armor *armor);

#endif
