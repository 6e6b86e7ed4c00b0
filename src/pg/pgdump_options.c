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

/* The short options that take an argument, in the same word or the next. */
static const char with_argument[] = "eEnNStT";

static int check_long(const char *word)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < N_REFUSED; i++)
        if (strncmp(word, refused[i].name, len) == 0)
            return error_set("pg_dump's option --%s cannot be given: %s", refused[i].name,
                             refused[i].why);
    return 0;
}

/* *takes_next: whether the next word is the argument of this one. */
static int check_short(const char *letters, bool *takes_next)
{
    for (; *letters != '\0'; letters++) {
        for (size_t i = 0; i < N_REFUSED; i++)
            if (*letters == refused[i].letter)
                return error_set("pg_dump's option -%c cannot be given: %s", *letters,
                                 refused[i].why);
        if (strchr(with_argument, *letters) != NULL) {
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
            rc = check_long(word + 2);
        else if (word[0] == '-' && word[1] != '\0')
            rc = check_short(word + 1, &takes_next);
        if (rc != 0)
            return rc;
    }
    return 0;
}
