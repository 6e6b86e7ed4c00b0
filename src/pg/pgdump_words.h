/*
 * pg_dump's command line, option by option, as getopt_long() has it: short options may stand
 * together in one word, long ones be shortened, and an argument stand in the next word.
 */
#ifndef PG_PGDUMP_WORDS_H
#define PG_PGDUMP_WORDS_H

#include <stdbool.h>

/* Where the walk is; start with {.next = words}, a NULL-ended list that outlives it. */
struct pg_dump_words {
    const char *const *next;
    const char *letters; /* what is left of a word of short options; or NULL */
};

struct pg_dump_word {
    char letter;       /* of a short option; 0 for a long one */
    const char *name;  /* of a long option as it stands there, "=" and all behind it included */
    const char *value; /* its argument, a part of the words; or NULL */
};

/* Steps to the next option. Returns 1, 0 at the end, or -1 with the error set where a word is no
 * option. A long option's argument is found in the next word only where its name is in full. */
int pg_dump_words_step(struct pg_dump_words *words, struct pg_dump_word *word);

/* Whether the word is this option; `letter` is 0 where it has none. Of a shortened name it is
 * every option that may be meant: pg_dump refuses it if there are several. */
bool pg_dump_word_is(const struct pg_dump_word *word, char letter, const char *name);

#endif
