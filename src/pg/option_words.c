#include "pg/option_words.h"

#include <string.h>

#include "base/error.h"

/* The next word, which is an argument whatever it looks like. */
static const char *take_argument(struct option_words *words)
{
    return *words->next == NULL ? NULL : *words->next++;
}

static bool letter_takes_argument(const struct option_grammar *grammar, char letter)
{
    return strchr(grammar->letters_with_argument, letter) != NULL;
}

static bool name_takes_argument(const struct option_grammar *grammar, const char *name)
{
    for (size_t i = 0; i < grammar->n_names_with_argument; i++)
        if (strcmp(name, grammar->names_with_argument[i]) == 0)
            return true;
    return false;
}

static void step_long(struct option_words *words, struct option_word *word, const char *name)
{
    const char *equals = strchr(name, '=');

    *word = (struct option_word){.name = name};
    if (equals != NULL)
        word->value = equals + 1;
    else if (name_takes_argument(words->grammar, name))
        word->value = take_argument(words);
}

static void step_short(struct option_words *words, struct option_word *word)
{
    *word = (struct option_word){.letter = *words->letters++};
    if (letter_takes_argument(words->grammar, word->letter)) {
        word->value = *words->letters != '\0' ? words->letters : take_argument(words);
        words->letters = NULL;
    }
}

int option_words_step(struct option_words *words, struct option_word *word)
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
        return error_set("behind -- stand options of %s only: a word is there that is none (write "
                         "long ones in full, as --name=value)",
                         words->grammar->program);
    if (text[1] == '-') {
        step_long(words, word, text + 2);
        return 1;
    }
    words->letters = text + 1;
    step_short(words, word);
    return 1;
}

bool option_word_is(const struct option_word *word, char letter, const char *name)
{
    if (word->letter != '\0')
        return word->letter == letter;
    return strncmp(word->name, name, strcspn(word->name, "=")) == 0;
}

/* It would take what we put behind it for one. */
static int check_argument(const struct option_grammar *grammar, const struct option_word *word)
{
    if (word->value != NULL)
        return 0;
    if (word->letter != '\0' && letter_takes_argument(grammar, word->letter))
        return error_set("%s's option -%c needs an argument", grammar->program, word->letter);
    if (word->letter == '\0' && name_takes_argument(grammar, word->name))
        return error_set("%s's option --%s needs an argument", grammar->program, word->name);
    return 0;
}

static int refuse(const char *program, const struct option_word *word,
                  const struct option_refused *option)
{
    if (word->letter != '\0')
        return error_set("%s's option -%c cannot be given: %s", program, word->letter, option->why);
    return error_set("%s's option --%s cannot be given: %s", program, option->name, option->why);
}

int option_words_check(const struct option_grammar *grammar, const char *const *words,
                       const struct option_refused *refused, size_t n_refused)
{
    struct option_words walk = {.grammar = grammar, .next = words};
    struct option_word word;
    int rc;

    while ((rc = option_words_step(&walk, &word)) > 0) {
        for (size_t i = 0; i < n_refused; i++)
            if (option_word_is(&word, refused[i].letter, refused[i].name))
                return refuse(grammar->program, &word, &refused[i]);
        if (check_argument(grammar, &word) != 0)
            return -1;
    }
    return rc;
}
