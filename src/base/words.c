#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char blanks[] = " \t\n";

/*
 * Copies the word at *text to `to`, without what quotes it, and steps behind it. Returns where the
 * copy's end is, or NULL where a quote or a backslash has nothing behind it.
 */
static char *copy_word(const char **text, char *to)
{
    const char *at = *text;
    char quote = '\0';

    for (; *at != '\0' && (quote != '\0' || strchr(blanks, *at) == NULL); at++) {
        if (quote != '\0' && *at == quote) {
            quote = '\0';
        } else if (quote == '\0' && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else {
            if (*at == '\\' && quote != '\'' && *++at == '\0')
                return NULL;
            *to++ = *at;
        }
    }
    *text = at;
    return quote == '\0' ? to : NULL;
}

char **words_split(const char *text, const char *what, size_t *n)
{
    /* Each word but the last has a blank behind it: there are at most half as many as characters.
     */
    size_t most = strlen(text) / 2 + 1;
    char **words = malloc((most + 1) * sizeof(*words) + strlen(text) + 1);
    char *to;

    *n = 0;
    if (words == NULL) {
        error_set("out of memory");
        return NULL;
    }
    to = (char *)(words + most + 1);
    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        words[(*n)++] = to;
        to = copy_word(&text, to);
        if (to == NULL) {
            error_set("%s ends within a quote", what);
            free(words);
            return NULL;
        }
        *to++ = '\0';
    }
    words[*n] = NULL;
    return words;
}

size_t words_count(const char *const *words)
{
    size_t n = 0;

    while (words != NULL && words[n] != NULL)
        n++;
    return n;
}
