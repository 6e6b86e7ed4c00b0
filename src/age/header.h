/*
 * The header of an age file (https://c2sp.org/age):
 *
 *     age-encryption.org/v1
 *     -> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc
 *     EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U
 *     --- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0
 *
 * The version line, one or more stanzas, and an HMAC-SHA-256 over all that stands before it, up to
 * and including the "---". Lines end with LF. All base64 is canonical and unpadded; a body is cut
 * into lines of 64 characters, and its last line is shorter, if need be empty.
 *
 * This file knows that layout only; what the stanzas of a kind mean is in a file of each kind
 * (x25519.h, scrypt.h).
 */
#ifndef AGE_HEADER_H
#define AGE_HEADER_H

#include "age/stanza.h"
#include "base/stream.h"

#include <stddef.h>

/*
 * The longest header read or written, in bytes: 2600 X25519 recipients. The format sets no limit;
 * this one keeps what only looks like an age file from filling the memory.
 */
#define AGE_HEADER_MAX (256 * 1024)
#define AGE_MAC_SIZE   32

struct age_header {
    struct age_stanza *stanzas; /* in the order of the file */
    size_t count;               /* at least 1 */
    unsigned char mac[AGE_MAC_SIZE];
    char *text; /* the header as it was read, for the MAC */
    size_t len; /* its length in bytes: where the payload begins in the file */
};

/*
 * Reads a header from the first byte of a file that is not armored (input.h takes armor off), and
 * no byte beyond it; blocks as the reader does.
 * It needs no identity, and the MAC is not checked yet: what it returns is only well-formed.
 * Returns the header, to be freed with age_header_free(), or NULL with the error set: not an age
 * file, truncated, malformed, or longer than AGE_HEADER_MAX.
 */
struct age_header *age_header_read(const struct reader *in);

/* Frees a header; NULL is allowed. */
void age_header_free(struct age_header *header);

/* Returns 0 if the MAC fits the header and this file key, or -1 with the error set. */
int age_header_check(const struct age_header *header,
                     const unsigned char file_key[AGE_FILE_KEY_SIZE]);

/*
 * Says whom the file is for, in words for a person: "encrypted with a passphrase", "encrypted to 3
 * recipients (X25519, ssh-ed25519)". Writes at most size bytes, NUL included. The kinds are as they
 * stand in the file, which anyone may have made: printable ASCII, nothing more is known of them.
 */
void age_header_describe(const struct age_header *header, char *text, size_t size);

/*
 * Writes a header of these stanzas with its MAC, in one call of the writer. Returns 0, or -1 with
 * the error set: longer than AGE_HEADER_MAX, out of memory, or the writer's own error.
 */
int age_header_write(const struct writer *out, const struct age_stanza *stanzas, size_t count,
                     const unsigned char file_key[AGE_FILE_KEY_SIZE]);

#endif
