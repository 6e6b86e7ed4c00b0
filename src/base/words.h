/*
 * Lists of words, as command lines have them.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

/*
 * Cuts a text into words, as a shell does it: by blanks, but for those in quotes, '...' or "...",
 * or behind a backslash. Nothing else is special, and nothing is expanded. Returns the words, a
 * NULL-ended list that one free() frees; *n is how many there are. NULL with the error set, which
 * calls the text `what`: a quote has no end.
 */
char **words_split(const char *text, const char *what, size_t *n);

/* How many words a NULL-ended list has; NULL has none. */
size_t words_count(const char *const *words);

#endif
