/*
 * The options of `dynodrop dump`, and the variables that stand in for them.
 */
#ifndef CMD_DUMP_OPTIONS_H
#define CMD_DUMP_OPTIONS_H

#include <stdbool.h>

#include "age/recipient.h"
#include "base/buf.h"
#include "flow/dump.h"
#include "tailnet/config.h"

struct dump_options {
    struct flow_dump dump; /* what they amount to */
    bool help;             /* only the help is wanted */

    /* What `dump` points to: */
    struct age_recipients recipients;
    char *conninfo;
    struct buf detached;
    struct tailnet_config tailnet;
    const char **targets;
    char **words_of_targets;         /* or NULL */
    char **words_of_pg_dump_options; /* or NULL */
};

extern const char dump_options_help[];

/*
 * Reads the command line, argv[0] the command's name, and the variables, and checks all of it
 * before anything is touched. A connection string in argv is overwritten. Returns 0, or -1 with the
 * error set; dump_options_free() is due in both cases.
 */
int dump_options_read(struct dump_options *o, int argc, char **argv);

/* Wipes what is secret, and frees. */
void dump_options_free(struct dump_options *o);

#endif
