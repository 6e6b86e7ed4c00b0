/*
 * Encrypts a stream to recipients: what is written to age_seal_writer() comes out as an age file
 * (header.h, piece.h) at the writer underneath. It holds one piece (64 KiB).
 * It is used by one thread at a time.
 */
#ifndef AGE_SEAL_H
#define AGE_SEAL_H

#include "age/recipient.h"
#include "base/stream.h"

#include <stddef.h>

struct age_seal;

/*
 * Writes the header of a new file for these recipients (at least one) or with this passphrase to
 * out, so it blocks as out does; a passphrase takes a second and 256 MiB besides (scrypt.h). The
 * recipients are not needed any more when it returns; what out points to must outlive the seal.
 * Returns the seal, to be freed with age_seal_free(), or NULL with the error set.
 */
struct age_seal *age_seal_new(const struct age_recipients *recipients, struct writer out);

/*
 * The writer that takes the plaintext. It passes on a sealed piece when it knows that another
 * follows, and blocks as out does. Writes of more than 64 KiB are sealed without being copied.
 */
struct writer age_seal_writer(struct age_seal *seal);

/*
 * Writes the last piece; to be called once, when all writes have succeeded. A file without it is
 * truncated and will be refused, as it should be when the dump failed. Returns 0, or -1 with the
 * error set.
 */
int age_seal_finish(struct age_seal *seal);

/* Wipes the key and the plaintext and frees; NULL is allowed. Writes nothing. */
void age_seal_free(struct age_seal *seal);

/*
 * Writes the len bytes at data as a whole age file to out: an identity file that is to have a
 * passphrase, say. Returns 0, or -1 with the error set; what was written then is no whole file.
 */
int age_seal_all(const struct age_recipients *recipients, const void *data, size_t len,
                 struct writer out);

#endif
