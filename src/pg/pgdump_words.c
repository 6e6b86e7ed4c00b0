#include "pg/pgdump_words.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"

/* The options that take an argument, which may be the next word. */
static const char letters_with_argument[] = "eEnNStT";
static const char *const names_with_argument[] = {
    "encoding",
    "exclude-extension",
    "exclude-schema",
    "exclude-table",
    "exclude-table-and-children",
    "exclude-table-data",
    "exclude-table-data-and-children",
    "extension",
    "extra-float-digits",
    "filter",
    "include-foreign-data",
    "lock-wait-timeout",
    "restrict-key",
    "role",
    "rows-per-insert",
    "schema",
    "section",
    "superuser",
    "sync-method",
    "table",
    "table-and-children",
};

#define N_WITH_ARGUMENT (sizeof(names_with_argument) / sizeof(names_with_argument[0]))

/* The next word, which is an argument whatever it looks like. */
static const char *take_argument(struct pg_dump_words *words)
{
    return *words->next == NULL ? NULL : *words->next++;
}

static void step_long(struct pg_dump_words *words, struct pg_dump_word *word, const char *name)
{
    const char *equals = strchr(name, '=');

    *word = (struct pg_dump_word){.name = name};
    if (equals != NULL)
        word->value = equals + 1;
    for (size_t i = 0; i < N_WITH_ARGUMENT && equals == NULL; i++)
        if (strcmp(name, names_with_argument[i]) == 0)
            word->value = take_argument(words);
}

static void step_short(struct pg_dump_words *words, struct pg_dump_word *word)
{
    *word = (struct pg_dump_word){.letter = *words->letters++};
    if (strchr(letters_with_argument, word->letter) != NULL) {
        word->value = *words->letters != '\0' ? words->letters : take_argument(words);
        words->letters = NULL;
    }
}

int pg_dump_words_step(struct pg_dump_words *words, struct pg_dump_word *word)
{
    const char *text;

    if (words->letters != NULL && *words->letters != '\0') {
        step_short(words, word);
        return 1;
    }
    text = *words->next;
    if (text == NULL)
        return 0;
    words->next++;
    if (text[0] != '-' || text[1] == '\0' || strcmp(text, "--") == 0)
        /* not quoted: it may be a URL with a password */
        return error_set("behind -- stand options of pg_dump only: a word is there that is none "
                         "(write long ones in full, as --name=value)");
    if (text[1] == '-') {
        step_long(words, word, text + 2);
        return 1;
    }
    words->letters = text + 1;
    step_short(words, word);
    return 1;
}

bool pg_dump_word_is(const struct pg_dump_word *word, char letter, const char *name)
{
    if (word->letter != '\0')
        return word->letter == letter;
    return strncmp(word->name, name, strcspn(word->name, "=")) == 0;
}
