/*
 * Identities: the secret keys that open drops.
 *
 * One is written "AGE-SECRET-KEY-1" and 58 more capitals and digits of bech32. In memory it stays
 * in pages of its own that are kept out of swap and core dumps as far as the system lets us
 * (sodium_malloc), and is wiped when freed. No error text ever quotes it.
 */
#ifndef AGE_IDENTITY_H
#define AGE_IDENTITY_H

#include "age/bech32.h"
#include "age/passphrase.h"
#include "age/recipient.h"
#include "age/stanza.h"
#include "base/stream.h"

#include <stddef.h>

/* The room for an identity's text, with the NUL at the end. */
#define AGE_IDENTITY_TEXT_SIZE BECH32_SIZE(15, X25519_SIZE)

struct age_identity;

/* Makes a new, random identity, to be freed with age_identity_free(); NULL with the error set. */
struct age_identity *age_identity_generate(void);

/*
 * Reads one identity's text, without blanks around it. Returns it, to be freed with
 * age_identity_free(), or NULL with an error that names what was given instead where that can be
 * told (an OpenSSH key, a plugin's or a post-quantum identity, a public key) and says what to do.
 */
struct age_identity *age_identity_parse(const char *text);

/* Writes the secret key's text, NUL included. The caller wipes it (sodium_memzero). */
void age_identity_format(const struct age_identity *identity, char text[AGE_IDENTITY_TEXT_SIZE]);

/* Gives the recipient whose drops this identity opens. */
void age_identity_recipient(const struct age_identity *identity, struct age_recipient *recipient);

/*
 * Tries to open one stanza. Returns 1 with the file key, 0 if the stanza is not for this identity,
 * or -1 with the error set if it is malformed: the whole header is to be refused then. Threads may
 * share an identity.
 */
int age_identity_unwrap(const struct age_identity *identity, const struct age_stanza *stanza,
                        unsigned char file_key[AGE_FILE_KEY_SIZE]);

/* Wipes and frees; NULL is allowed. */
void age_identity_free(struct age_identity *identity);

/* A list of identities, which it owns. It begins as {0}, and age_identities_clear() frees it. */
struct age_identities {
    struct age_identity **items;
    size_t count;
    /* Asked for the passphrase of a file that is encrypted with one; may be left {0}. */
    struct age_passphrase passphrase;
};

/* Adds an identity and takes it over, also when it fails. Returns 0, or -1 with the error set. */
int age_identities_add(struct age_identities *list, struct age_identity *identity);

/*
 * Adds all identities of a file as age-keygen writes it: one a line, blank lines and lines that
 * begin with # ignored, lines ended by LF or CRLF. Reads to the end, and blocks as the reader does.
 *
 * The file may itself be an age file, armored or not, that is encrypted with a passphrase, which
 * *passphrase is asked for then and only then; NULL makes such a file an error. (The list's own
 * passphrase is another matter: it opens drops.)
 *
 * Returns 0, or -1 with the error set, which tells the line; a file without any is an error, and so
 * is a wrong passphrase.
 */
int age_identities_read(struct age_identities *list, const struct reader *in,
                        const struct age_passphrase *passphrase);

/* Wipes and frees all of them and empties the list. */
void age_identities_clear(struct age_identities *list);

#endif
