/*
 * Stanzas of the kind scrypt (https://c2sp.org/age): the file key is encrypted with a key derived
 * from a passphrase, by a computation that is slow and needs much memory, so that passphrases
 * cannot be tried out quickly.
 *
 *     -> scrypt <salt: 16 bytes in base64> <work factor, decimal>
 *     <the file key, sealed: 32 bytes in base64>
 *
 * Such a stanza stands alone in its header; header.h sees to that.
 *
 * A work factor of n means 2^n steps and 2^n KiB of memory while it is computed, once for each
 * file: 256 MiB and about a second for what is written here. That is nothing on a desk. On a small
 * machine (a dyno of 512 MB) it stands beside whatever else runs there: encrypt to a recipient
 * there where memory is short, which costs none.
 */
#ifndef AGE_SCRYPT_H
#define AGE_SCRYPT_H

#include "age/stanza.h"

#include <stdbool.h>

/* What is written: age's own choice. */
#define SCRYPT_WORK_FACTOR 18

/*
 * The largest one that is read, as in age: 4 GiB and about 15 s. Whoever made the file chose it,
 * and must not be able to keep the reader busy for ever.
 */
#define SCRYPT_WORK_FACTOR_MAX 22

/* Whether the stanza is of this kind, well-formed or not. */
bool scrypt_is(const struct age_stanza *stanza);

/*
 * Checks the form of a stanza of this kind, so that nobody is asked for a passphrase in vain.
 * Returns 0, or -1 with the error set: malformed, or its work factor is above the limit. The whole
 * header is to be refused then.
 */
int scrypt_check(const struct age_stanza *stanza);

/*
 * Makes a stanza that carries the file key for whoever knows the passphrase. Blocks while it
 * computes. Returns 0, or -1 with the error set (out of memory) and the stanza empty.
 */
int scrypt_wrap(struct age_stanza *stanza, const unsigned char file_key[AGE_FILE_KEY_SIZE],
                const char *passphrase);

/*
 * Opens a stanza with a passphrase. Blocks while it computes. Returns 1 with the file key, 0 if the
 * stanza is of another kind or the passphrase is not the one, or -1 with the error set: what
 * scrypt_check() says, or out of memory.
 */
int scrypt_unwrap(const struct age_stanza *stanza, unsigned char file_key[AGE_FILE_KEY_SIZE],
                  const char *passphrase);

#endif
