/*
 * Passphrases: from DYNODROP_PASSPHRASE, else from the person at the terminal.
 */
#ifndef CMD_PASSPHRASE_H
#define CMD_PASSPHRASE_H

#include <stdbool.h>

#include "age/passphrase.h"

/* What a passphrase is asked for: a name for the user to see, which must outlive it. */
struct passphrase_question {
    const char *of;
    bool asked; /* it was needed */
};

/* For an error about what exists already: tells where the passphrase came from, if that was
 * not the person at the terminal; else "". */
const char *passphrase_origin(const struct passphrase_question *question);

/* Gets the passphrase of what exists already, when age/ asks for it. */
struct age_passphrase passphrase_source(struct passphrase_question *question);

/* Whether there is one to be had without or with asking. */
bool passphrase_is_to_be_had(void);

/*
 * Gets a new passphrase; at the terminal it is asked for twice. Returns 0, or -1 with the error
 * set, also where it is empty or the two differ. The caller wipes it.
 */
int passphrase_choose(char text[AGE_PASSPHRASE_SIZE]);

#endif
