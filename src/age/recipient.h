/*
 * Recipients: whom a drop is encrypted to.
 *
 * One is written "age1" and 58 more characters of bech32: an X25519 public key. It is no secret.
 */
#ifndef AGE_RECIPIENT_H
#define AGE_RECIPIENT_H

#include "age/bech32.h"
#include "age/hkdf.h"
#include "age/stanza.h"
#include "age/x25519.h"
#include "base/stream.h"

#include <stddef.h>

/* The room for a recipient's text, with the NUL at the end. */
#define AGE_RECIPIENT_TEXT_SIZE BECH32_SIZE(3, X25519_SIZE)

enum age_recipient_kind {
    AGE_RECIPIENT_X25519,
};

struct age_recipient {
    enum age_recipient_kind kind;
    unsigned char public_key[X25519_SIZE];
};

/*
 * Reads one recipient's text, without blanks around it. Returns 0, or -1 with an error that names
 * what was given instead where that can be told: an SSH key, a plugin's or a post-quantum
 * recipient, a secret key. The error quotes the text only where it begins as a public key does.
 */
int age_recipient_parse(struct age_recipient *recipient, const char *text);

/* Writes the recipient's text, NUL included. */
void age_recipient_format(const struct age_recipient *recipient,
                          char text[AGE_RECIPIENT_TEXT_SIZE]);

/*
 * Makes the stanza that carries the file key for this recipient; the caller clears it. Returns 0,
 * or -1 with the error set and the stanza empty. Threads may share a recipient.
 */
int age_recipient_wrap(const struct age_recipient *recipient, struct age_stanza *stanza,
                       const unsigned char file_key[AGE_FILE_KEY_SIZE]);

/*
 * A set of recipients, or a passphrase in place of them. It begins as {0}, and
 * age_recipients_clear() frees what it holds.
 */
struct age_recipients {
    struct age_recipient *items;
    size_t count;
    char *passphrase; /* NULL unless age_recipients_set_passphrase() was called; then count is 0 */
};

/*
 * Makes it a passphrase, of which a copy is kept (passphrase.h): a file is encrypted with one or to
 * recipients, never both, since the passphrase alone would have to open it. Returns 0, or -1 with
 * the error set: recipients are there already, or the text is empty or AGE_PASSPHRASE_SIZE bytes or
 * longer.
 */
int age_recipients_set_passphrase(struct age_recipients *set, const char *text);

/*
 * Adds a copy, unless the same is there already. Returns 0, or -1 with the error set, which it also
 * is where the set is a passphrase.
 */
int age_recipients_add(struct age_recipients *set, const struct age_recipient *recipient);

/*
 * Adds all recipients of a text that separates them by commas, spaces or newlines, as in
 * DYNODROP_RECIPIENTS. A text without any adds none and is no error. Returns 0, or -1 with the
 * error set; those before the wrong one are added.
 */
int age_recipients_parse(struct age_recipients *set, const char *text);

/*
 * Adds all recipients of a file: one a line, blank lines and lines that begin with # ignored.
 * Returns 0, or -1 with the error set, which tells the line; a file without any is an error.
 */
int age_recipients_read(struct age_recipients *set, const struct reader *in);

/*
 * Derives a key that is the same for the same set of recipients, whatever their order: HKDF-SHA-256
 * of their public keys, sorted, with this info text. Everybody who knows them can derive it. A
 * passphrase gives no key away: for one it is random. Returns 0, or -1 with the error set.
 */
int age_recipients_derive_key(const struct age_recipients *set, const char *info,
                              unsigned char key[HKDF_SIZE]);

/* Frees what the set holds, a passphrase wiped, and empties it. */
void age_recipients_clear(struct age_recipients *set);

#endif
