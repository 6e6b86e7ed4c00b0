/*
 * Stanzas of the kind X25519 (https://c2sp.org/age): the file key is encrypted with a key that
 * both sides derive from a Diffie-Hellman exchange between a fresh, ephemeral key and the
 * recipient's.
 *
 *     -> X25519 <ephemeral share: 32 bytes in base64>
 *     <the file key, sealed: 32 bytes in base64>
 */
#ifndef AGE_X25519_H
#define AGE_X25519_H

#include "age/stanza.h"

#include <stdbool.h>

#define X25519_SIZE 32 /* of a secret key, of a public key, of a share; in bytes */

/*
 * Whether this public key can be used. A few points have no secret: whatever it is combined with,
 * the result is zero and known to all.
 */
bool x25519_is_usable(const unsigned char public_key[X25519_SIZE]);

/*
 * Makes a stanza that carries the file key for the public key. Returns 0, or -1 with the error set
 * (a public key that is not usable; out of memory) and the stanza empty.
 */
int x25519_wrap(struct age_stanza *stanza, const unsigned char file_key[AGE_FILE_KEY_SIZE],
                const unsigned char public_key[X25519_SIZE]);

/*
 * Opens a stanza with a secret key and its public key. Returns 1 with the file key, 0 if the stanza
 * is of another kind or for another key, or -1 with the error set if it calls itself X25519 and is
 * malformed: the whole header is to be refused then.
 */
int x25519_unwrap(const struct age_stanza *stanza, unsigned char file_key[AGE_FILE_KEY_SIZE],
                  const unsigned char secret_key[X25519_SIZE],
                  const unsigned char public_key[X25519_SIZE]);

#endif
