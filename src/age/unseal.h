/*
 * Decrypts an age file (header.h, piece.h), armored (armor.h) or not: the plaintext is read from
 * age_unseal_reader(). It holds one piece, sealed and opened (128 KiB), and gives out only what has
 * been authenticated. It is used by one thread at a time.
 *
 * A reader that has come to the end (0) has seen the whole file. One that fails (-1) has given out
 * a true beginning of it: what was made of that must be thrown away by whoever needs all of it.
 */
#ifndef AGE_UNSEAL_H
#define AGE_UNSEAL_H

#include "age/identity.h"
#include "base/stream.h"

struct age_unseal;

/*
 * Reads the header from in and opens it with the first identity that fits; blocks as in does. A
 * file that is encrypted with a passphrase is opened with the one that identities->passphrase gives
 * when asked, and nobody is asked otherwise.
 *
 * The identities are not needed any more when it returns; what in points to must outlive the
 * unseal. Returns it, to be freed with age_unseal_free(), or NULL with the error set: all that
 * age_header_read() says, malformed armor, none of the identities fits, the passphrase is wrong, or
 * the header was altered.
 */
struct age_unseal *age_unseal_new(struct reader in, const struct age_identities *identities);

/*
 * The reader of the plaintext. It reads one byte ahead of the piece it gives out, to know which is
 * the last. Reads into 64 KiB or more are decrypted in place, without being copied. It fails if
 * the file is truncated, altered, out of order, or followed by anything; the error says near which
 * byte of the file, counted from 0.
 */
struct reader age_unseal_reader(struct age_unseal *unseal);

/*
 * Goes back to the beginning: `in` reads the same file once more, from its first byte; nobody is
 * asked for anything again. Readers of the plaintext stay good. Returns 0, or -1 with the error
 * set, and then it is of no use but to be freed. A file that is another one by now does not
 * authenticate.
 */
int age_unseal_rewind(struct age_unseal *unseal, struct reader in);

/* Wipes the key and the plaintext and frees; NULL is allowed. */
void age_unseal_free(struct age_unseal *unseal);

#endif
