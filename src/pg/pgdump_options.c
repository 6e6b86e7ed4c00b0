/*
 * Which of pg_dump's options a user may give.
 */
#include "pg/pgdump.h"

/* The options that take an argument. */
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

const struct option_grammar pg_dump_grammar = {
    .program = "pg_dump",
    .letters_with_argument = "eEnNStT",
    .names_with_argument = names_with_argument,
    .n_names_with_argument = sizeof(names_with_argument) / sizeof(names_with_argument[0]),
};

static const struct option_refused refused[] = {
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

int pg_dump_check_options(const char *const *user)
{
    return option_words_check(&pg_dump_grammar, user, refused,
                              sizeof(refused) / sizeof(refused[0]));
}
