/*
 * Which of pg_restore's options a user may give, and what each run of it is given of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pg/pgrestore.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* The options that take an argument. */
static const char *const names_with_argument[] = {
    "dbname",  "exclude-schema", "file",  "filter",    "format",   "function",
    "host",    "index",          "jobs",  "port",      "role",     "restrict-key",
    "schema",  "section",        "table", "superuser", "use-list", "transaction-size",
    "trigger", "username",
};

const struct option_grammar pg_restore_grammar = {
    .program = "pg_restore",
    .letters_with_argument = "dfFhIjLnNpPStTU",
    .names_with_argument = names_with_argument,
    .n_names_with_argument = N(names_with_argument),
};

static const struct option_refused refused[] = {
    {'C', "create",
     "it would restore into a database of another name than the one that -d names: create that "
     "first"},
    {'1', "single-transaction",
     "rows are loaded by several connections, which cannot share one transaction"},
    {0, "transaction-size",
     "rows are loaded by several connections, which cannot share one transaction"},
    {'c', "clean", "--clean stands before the --"},
    {0, "if-exists", "--clean always does that"},
    {'e', "exit-on-error", "--exit-on-error stands before the --"},
    {'j', "jobs", "-j stands before the --"},
    {'v', "verbose", "its progress is told anyway"},
    {'l', "list", "it restores nothing"},
    {'f', "file", "it restores nothing"},
    {0, "restrict-key", "it is for scripts, and none is written"},
    {'F', "format", "a drop is always in custom format"},
    {'d', "dbname", "-d stands before the --"},
    {'h', "host", "-d names the server"},
    {'p', "port", "-d names the server"},
    {'U', "username", "-d names the user"},
    {'W', "password", "-d names the variable that has it"},
    {'w', "no-password", "it is always set"},
    {'V', "version", "it restores nothing"},
    {'?', "help", "it restores nothing"},
};

/* What standard input is, is not the user's. */
static int check_filter(const char *const *user)
{
    struct option_words words = {.grammar = &pg_restore_grammar, .next = user};
    struct option_word word;

    while (option_words_step(&words, &word) > 0)
        if (option_word_is(&word, '\0', "filter") && word.value != NULL &&
            strcmp(word.value, "-") == 0)
            return error_set("pg_restore's option --filter cannot read standard input: name a "
                             "file");
    return 0;
}

int pg_restore_check_options(const char *const *user)
{
    if (option_words_check(&pg_restore_grammar, user, refused, N(refused)) != 0)
        return -1;
    return check_filter(user);
}

/* Whether the word is in full the name of an option that others begin with: it is no short form of
 * them. */
static bool is_whole(const struct option_word *word)
{
    static const char *const names[] = {"no-data", "schema", "statistics"};

    for (size_t i = 0; word->name != NULL && i < N(names); i++)
        if (strcspn(word->name, "=") == strlen(names[i]) &&
            strncmp(word->name, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Finds the last option of that letter or name. Returns whether there is one. */
static bool find(const char *const *user, char letter, const char *name, struct option_word *found)
{
    struct option_words words = {.grammar = &pg_restore_grammar, .next = user};
    struct option_word word;
    bool is_found = false;

    while (user != NULL && option_words_step(&words, &word) > 0)
        if (option_word_is(&word, letter, name) &&
            (!is_whole(&word) || strlen(name) == strcspn(word.name, "="))) {
            *found = word;
            is_found = true;
        }
    return is_found;
}

bool pg_restore_option_is_given(const char *const *user, char letter, const char *name)
{
    struct option_word word;

    return find(user, letter, name, &word);
}

const char *pg_restore_option_value(const char *const *user, char letter, const char *name)
{
    struct option_word word;

    return find(user, letter, name, &word) ? word.value : NULL;
}

/* Whether it says only what is loaded. In a run without an object, where it says something of the
 * object's name, pg_restore would leave out the object's grants and comments too. */
static bool selects(const struct option_word *word)
{
    static const struct {
        char letter;
        const char *name;
    } options[] = {
        {'I', "index"},    {'L', "use-list"},      {'N', "exclude-schema"}, {'P', "function"},
        {'T', "trigger"},  {'n', "schema"},        {'t', "table"},          {'\0', "filter"},
        {'\0', "section"}, {'\0', "strict-names"},
    };

    for (size_t i = 0; i < N(options); i++)
        if (option_word_is(word, options[i].letter, options[i].name))
            return true;
    return false;
}

/* Puts the option into the list, in two words at most. Letters stand alone, in words made at *text.
 * Returns how many words. */
static size_t put(const char **list, const struct option_word *word, char **text)
{
    size_t n = 0;

    if (word->letter != '\0') {
        list[n++] = *text;
        *text += sprintf(*text, "-%c", word->letter) + 1;
        if (word->value != NULL)
            list[n++] = word->value;
        return n;
    }
    list[n++] = word->name - strlen("--");
    if (word->value != NULL && strchr(word->name, '=') == NULL)
        list[n++] = word->value;
    return n;
}

const char **pg_restore_run_options(const char *const *user, bool creates)
{
    struct option_words words = {.grammar = &pg_restore_grammar, .next = user};
    struct option_word word;
    const char **list;
    size_t most = 0, n = 0;
    char *text;

    for (size_t i = 0; user != NULL && user[i] != NULL; i++)
        most += strlen(user[i]); /* each character may be an option */
    list = calloc(1, (2 * most + 1) * sizeof(*list) + most * sizeof("-x"));
    if (list == NULL) {
        error_set("out of memory");
        return NULL;
    }
    text = (char *)(list + 2 * most + 1);
    while (user != NULL && option_words_step(&words, &word) > 0)
        if (!selects(&word) && !(creates && option_word_is(&word, '\0', "disable-triggers")))
            n += put(list + n, &word, &text);
    return list;
}
