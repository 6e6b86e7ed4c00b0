/*
 * Which of pg_dump's options a user may give.
 */
#include <stddef.h>

#include "base/error.h"
#include "pg/pgdump.h"
#include "pg/pgdump_words.h"

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

/* The option is named as the user has written it; its argument may be a password. */
static int refuse(const struct pg_dump_word *word, const struct refused *option)
{
    if (word->letter != '\0')
        return error_set("pg_dump's option -%c cannot be given: %s", word->letter, option->why);
    return error_set("pg_dump's option --%s cannot be given: %s", option->name, option->why);
}

int pg_dump_check_options(const char *const *user)
{
    struct pg_dump_words words = {.next = user};
    struct pg_dump_word word;
    int rc;

    while ((rc = pg_dump_words_step(&words, &word)) > 0)
        for (size_t i = 0; i < N_REFUSED; i++)
            if (pg_dump_word_is(&word, refused[i].letter, refused[i].name))
                return refuse(&word, &refused[i]);
    return rc;
}
