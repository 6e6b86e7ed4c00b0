/*
 * The command lines of pg_dump and pg_restore, option by option, as getopt_long() has them: short
 * options may stand together in one word, long ones be shortened, and an argument stand in the next
 * word.
 */
#ifndef PG_OPTION_WORDS_H
#define PG_OPTION_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* What is to be known of a program's options. */
struct option_grammar {
    const char *program;               /* "pg_dump" */
    const char *letters_with_argument; /* which may be the next word */
    const char *const *names_with_argument;
    size_t n_names_with_argument;
};

/* Where the walk is; start with {.grammar = grammar, .next = words}, where `words` is a NULL-ended
 * list. Both outlive it. */
struct option_words {
    const struct option_grammar *grammar;
    const char *const *next;
    const char *letters; /* what is left of a word of short options; or NULL */
};

struct option_word {
    char letter;       /* of a short option; 0 for a long one */
    const char *name;  /* of a long option as it stands there, "=" and all behind it included */
    const char *value; /* its argument, a part of the words; or NULL */
};

/* Steps to the next option. Returns 1, 0 at the end, or -1 with the error set where a word is no
 * option. A long option's argument is found in the next word only where its name is in full. */
int option_words_step(struct option_words *words, struct option_word *word);

/* Whether the word is this option; `letter` is 0 where it has none. Of a shortened name it is
 * every option that may be meant: the program refuses it if there are several. */
bool option_word_is(const struct option_word *word, char letter, const char *name);

/* An option that a user may not give. */
struct option_refused {
    char letter; /* 0 where there is none */
    const char *name;
    const char *why;
};

/*
 * Checks a NULL-ended list of words: options of which none is refused, or lacks its argument.
 * Returns 0, or -1 with the error set, which names the option as the user has written it, but for
 * its argument: that may be a password.
 */
int option_words_check(const struct option_grammar *grammar, const char *const *words,
                       const struct option_refused *refused, size_t n_refused);

#endif
