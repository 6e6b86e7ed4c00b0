/*
 * Which of pg_dump's options a user may give. Its short options may stand together in one word,
 * and its long ones be shortened, as getopt_long() has it.
 */
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "pg/pgdump.h"

struct refused {
    char letter; /* 0 where there is none */
    const char *name;
    const char *why;
};

static const struct refused refused[] = {
    {'F', "format", "a drop is always in custom format"},
    {'f', "file", "-t says where the drop goes"},
    {'Z', "compress", "-z sets the level"},
    {'j', "jobs", "-j stands before the --"},
    {'d', "dbname", "-d stands before the --"},
    {'h', "host", "-d names the server"},
    {'p', "port", "-d names the server"},
    {'U', "username", "-d names the user"},
    {'W', "password", "-d names the variable that has it"},
    {'w', "no-password", "it is always set"},
    {'V', "version", "it makes no dump"},
    {'?', "help", "it makes no dump"},
    {0, "snapshot", "all connections of a dump share one"},
    {0, "serializable-deferrable", "such a transaction cannot share its snapshot"},
};

#define N_REFUSED (sizeof(refused) / sizeof(refused[0]))

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

/* *takes_next: whether the next word is the argument of this one. */
static int check_long(const char *word, bool *takes_next)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < N_REFUSED; i++)
        if (strncmp(word, refused[i].name, len) == 0)
            return error_set("pg_dump's option --%s cannot be given: %s", refused[i].name,
                             refused[i].why);
    for (size_t i = 0; i < N_WITH_ARGUMENT && word[len] == '\0'; i++)
        if (strcmp(word, names_with_argument[i]) == 0)
            *takes_next = true;
    return 0;
}

static int check_short(const char *letters, bool *takes_next)
{
    for (; *letters != '\0'; letters++) {
        for (size_t i = 0; i < N_REFUSED; i++)
            if (*letters == refused[i].letter)
                return error_set("pg_dump's option -%c cannot be given: %s", *letters,
                                 refused[i].why);
        if (strchr(letters_with_argument, *letters) != NULL) {
            *takes_next = letters[1] == '\0';
            return 0;
        }
    }
    return 0;
}

int pg_dump_check_options(const char *const *user)
{
    bool takes_next = false;

    for (; *user != NULL; user++) {
        const char *word = *user;
        int rc = 0;

        if (takes_next)
            takes_next = false;
        else if (strncmp(word, "--", 2) == 0 && word[2] != '\0')
            rc = check_long(word + 2, &takes_next);
        else if (word[0] == '-' && word[1] != '\0')
            rc = check_short(word + 1, &takes_next);
        else /* not quoted: it may be a URL with a password */
            rc = error_set("behind -- stand options of pg_dump only: a word is there that is none "
                           "(write long ones in full, as --name=value)");
        if (rc != 0)
            return rc;
    }
    return 0;
}
