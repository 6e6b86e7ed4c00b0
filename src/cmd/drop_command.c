#include "cmd/drop_command.h"

#include <stdbool.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/parts.h"

struct given {
    struct identity_files identities;
    struct parts parts;
    bool help;
};

static int take_option(const struct drop_command *c, struct given *given, char **argv, int option)
{
    switch (option) {
    case 'i':
        given->identities.paths[given->identities.count++] = optarg;
        return 0;
    case DROP_OPTION_HELP:
        given->help = true;
        return 0;
    case '?':
    case ':':
        options_error(argv, option);
        return -1;
    default:
        return c->take(c->self, option);
    }
}

static int read_arguments(const struct drop_command *c, struct given *given, int argc, char **argv)
{
    int option;

    if (identity_files_init(&given->identities, argc) != 0)
        return -1;
    while ((option = options_next(argc, argv, c->letters, c->options)) != -1) {
        if (take_option(c, given, argv, option) != 0)
            return -1;
        if (given->help)
            return 0;
    }
    if (parts_take(&given->parts, argc, argv) != 0 ||
        identity_files_check(&given->identities, given->parts.paths[0]) != 0)
        return -1;
    return c->check != NULL ? c->check(c->self, &given->parts) : 0;
}

static int work(const struct drop_command *c, struct given *given)
{
    struct drop drop;
    int rc = drop_open(&drop, &given->parts);

    if (rc == 0)
        rc = c->work(c->self, &drop, &given->identities);
    drop_close(&drop);
    return rc == 0 ? EXIT_DONE : rc > 0 ? EXIT_DIFFERS : EXIT_FAILED;
}

int drop_command_run(const struct drop_command *c, int argc, char **argv)
{
    struct given given = {0};
    int code = EXIT_USAGE;

    if (read_arguments(c, &given, argc, argv) == 0)
        code = given.help ? options_help(c->help) : work(c, &given);
    identity_files_free(&given.identities);
    parts_free(&given.parts);
    return code;
}
