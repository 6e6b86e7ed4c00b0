/*
 * The way that every command which reads a drop goes: its options, among them those that all have
 * (-i, --help), the drop and its parts, opening it, and the command's own work.
 */
#ifndef CMD_DROP_COMMAND_H
#define CMD_DROP_COMMAND_H

#include <getopt.h>

#include "cmd/drop.h"
#include "cmd/identity.h"

/* The long options that all have; a command's own that have no letter are numbered from
 * DROP_OPTION_OWN on. */
#define DROP_OPTIONS                                                                               \
    {"identity", required_argument, NULL, 'i'},                                                    \
    {                                                                                              \
        "help", no_argument, NULL, DROP_OPTION_HELP                                                \
    }
enum { DROP_OPTION_HELP = 256, DROP_OPTION_OWN };

/* All but the texts and `work` may be NULL. The functions return 0, or -1 with the error set. */
struct drop_command {
    const char *help;
    const char *letters; /* of options: ":i:" and the command's own */
    const struct option *options;
    /* Takes one of the command's own options, its value in optarg. */
    int (*take)(void *self, int option);
    /* Checks what was given, before the drop is looked at, whose names these are. */
    int (*check)(void *self, const struct parts *parts);
    /* Does the command's work with a drop that is open, and not unlocked yet. Returns 1, with no
     * error, where the drop does not match what it is held against. */
    int (*work)(void *self, struct drop *drop, const struct identity_files *identities);
    void *self;
};

/* Goes all the way. Returns the command's exit code. */
int drop_command_run(const struct drop_command *command, int argc, char **argv);

#endif
