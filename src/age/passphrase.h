/*
 * Passphrases: what a file is encrypted with instead of to recipients (scrypt.h).
 *
 * One is held in sodium_malloc() memory, which keeps it out of swap and core dumps as far as the
 * system lets us and is wiped when freed. No error text ever quotes it.
 */
#ifndef AGE_PASSPHRASE_H
#define AGE_PASSPHRASE_H

/* The room for a passphrase, with the NUL at the end. The format sets no limit to its length. */
#define AGE_PASSPHRASE_SIZE 1024

/* Whom to ask for a passphrase when one is needed, and only then. {0} is nobody. */
struct age_passphrase {
    /*
     * Writes the passphrase with a NUL at its end into text, which is wiped after use. May block,
     * as one that asks a person does. Returns 0, or -1 with the error set.
     */
    int (*ask)(void *self, char text[AGE_PASSPHRASE_SIZE]);
    void *self;
};

/*
 * Asks. Returns the passphrase, to be freed with sodium_free(), which wipes it; NULL with the error
 * set where ask failed or the passphrase is empty. source->ask is not NULL.
 */
char *age_passphrase_ask(const struct age_passphrase *source);

/*
 * Returns a copy of the text, to be freed with sodium_free(), or NULL with the error set: it is
 * empty or does not fit into AGE_PASSPHRASE_SIZE.
 */
char *age_passphrase_copy(const char *text);

#endif
