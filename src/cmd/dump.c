#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "age/recipient.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/logfmt.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "flow/dump.h"
#include "flow/meter.h"
#include "pg/conninfo.h"
#include "pg/pgdump.h"
#include "pg/source.h"
#include "sink/name.h"
#include "sink/sink.h"

#define LEVEL_AUTO 3

static const char help[] =
    "usage: dynodrop dump [-d DATABASE] [-r RECIPIENT]... [-t TARGET]... [-- PG_DUMP_OPTIONS]\n"
    "\n"
    "Dumps a database as of one instant into an encrypted drop.\n"
    "\n"
    "  -d, --database DATABASE    postgres URL, connection string, or names of variables that "
    "hold\n"
    "                             one, comma-separated: the first that is set\n"
    "                             [DYNODROP_DATABASE, else DATABASE_URL]\n"
    "  -r, --recipient RECIPIENT  age public key (age1...) that can open the drop; repeat for "
    "more\n"
    "                             [DYNODROP_RECIPIENTS, separated by spaces or commas]\n"
    "  -R, --recipients-file FILE the same from a file, one a line; - is standard input; repeat "
    "for\n"
    "                             more\n"
    "  -p, --passphrase-env VAR   encrypt to the passphrase in the variable VAR instead; needs "
    "256 MB\n"
    "                             for a second\n"
    "  -t, --target TARGET        where it goes: a path, file:PATH, a folder, or - for standard\n"
    "                             output; repeat: each must get it [DYNODROP_TARGETS, separated "
    "by\n"
    "                             spaces; else standard output, unless that is a terminal]\n"
    "  -z, --level LEVEL          zstd level 1 to 19, or auto [DYNODROP_LEVEL, else auto]\n"
    "      --name NAME            the drop's name; {app} {database} {host} {time} are filled in\n"
    "                             [DYNODROP_NAME, else " NAME_DEFAULT "]\n"
    "      --progress FORM        bar, log (a line every 10 s), none; or auto: bar on a terminal, "
    "else\n"
    "                             log, and none with -q [auto]\n"
    "  -v, --verbose              tell more\n"
    "  -q, --quiet                tell errors and the last line only\n"
    "      --help                 show this\n"
    "\n"
    "Behind -- stand options of pg_dump that select or shape what is dumped: -- -n app "
    "--no-owner\n";

enum { OPTION_NAME = 256, OPTION_PROGRESS, OPTION_HELP };

static const struct option long_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"recipient", required_argument, NULL, 'r'},
    {"recipients-file", required_argument, NULL, 'R'},
    {"passphrase-env", required_argument, NULL, 'p'},
    {"target", required_argument, NULL, 't'},
    {"level", required_argument, NULL, 'z'},
    {"name", required_argument, NULL, OPTION_NAME},
    {"progress", required_argument, NULL, OPTION_PROGRESS},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct dump_command {
    char *database; /* allocated: it is hidden in argv */
    const char *level;
    const char *name;
    enum meter_form progress;
    const char **targets; /* argc of them fit */
    size_t n_targets;
    char *target_words; /* DYNODROP_TARGETS, cut at its spaces; or NULL */
    struct age_recipients recipients;
    const char *passphrase_variable;
    bool help;
};

static int read_recipients(struct age_recipients *recipients, const char *path)
{
    struct io_file file;
    struct reader in;
    int rc;

    if (io_open(&file, path) != 0)
        return -1;
    in = io_reader(&file);
    rc = age_recipients_read(recipients, &in);
    if (rc != 0)
        error_add_context("%s", file.name);
    io_close(&file);
    return rc;
}

static int read_progress(const char *word, enum meter_form *form)
{
    static const struct {
        const char *word;
        enum meter_form form;
    } forms[] = {
        {"auto", METER_AUTO}, {"bar", METER_BAR}, {"log", METER_LOG}, {"none", METER_NONE}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(word, forms[i].word) == 0) {
            *form = forms[i].form;
            return 0;
        }
    }
    return error_set("--progress is auto, bar, log or none, not \"%s\"", word);
}

static int read_options(struct dump_command *c, int argc, char **argv)
{
    int option;

    while ((option = options_next(argc, argv, ":d:r:R:p:t:z:vq", long_options)) != -1) {
        switch (option) {
        case 'd':
            free(c->database);
            c->database = strdup(optarg);
            if (c->database == NULL)
                return error_set("out of memory");
            /* Everybody on the machine can read argv. */
            if (pg_conninfo_is_one(optarg))
                pg_conninfo_hide(optarg);
            break;
        case 'r':
            if (age_recipients_parse(&c->recipients, optarg) != 0)
                return error_add_context("option -r");
            break;
        case 'R':
            if (read_recipients(&c->recipients, optarg) != 0)
                return error_add_context("option -R");
            break;
        case 'p':
            c->passphrase_variable = optarg;
            break;
        case 't':
            c->targets[c->n_targets++] = optarg;
            break;
        case 'z':
            c->level = optarg;
            break;
        case OPTION_NAME:
            c->name = optarg;
            break;
        case OPTION_PROGRESS:
            if (read_progress(optarg, &c->progress) != 0)
                return -1;
            break;
        case 'v':
            log_set_level(LOG_VERBOSE);
            break;
        case 'q':
            log_set_level(LOG_QUIET);
            break;
        case OPTION_HELP:
            c->help = true;
            return 0;
        default:
            options_error(argv, option);
            return -1;
        }
    }
    return 0;
}

/* Where the words behind the options must stand behind a "--" to be pg_dump's. */
static int read_pg_dump_options(struct flow_dump *dump, int argc, char **argv)
{
    if (optind == argc)
        return 0;
    if (strcmp(argv[optind - 1], "--") != 0)
        return error_set(
            "dump takes no arguments: the database stands behind -d, pg_dump's options "
            "behind --");
    dump->pg_dump_options = (const char *const *)argv + optind;
    return pg_dump_check_options(dump->pg_dump_options);
}

static int choose_source(struct dump_command *c, struct flow_dump *dump, char **conninfo)
{
    const char *choice = options_value(c->database, "DYNODROP_DATABASE", PG_SOURCE_DEFAULT);

    *conninfo = pg_source_resolve(choice);
    if (*conninfo == NULL)
        return -1;
    if (options_on_dyno() && c->database != NULL && pg_conninfo_is_one(c->database) &&
        pg_conninfo_has_password(*conninfo))
        return error_set("-d has a password in it, and Heroku logs commands: name the variable "
                         "that holds the URL instead, as -d DATABASE_URL");
    dump->conninfo = *conninfo;
    return 0;
}

/* Someone may have given the passphrase itself: only what is surely a variable's name is quoted. */
static int choose_passphrase(struct dump_command *c)
{
    const char *name = c->passphrase_variable;
    const char *passphrase = getenv(name);

    if (c->recipients.count > 0)
        return error_set("-p and -r or -R exclude each other: a drop is encrypted either with a "
                         "passphrase or to recipients");
    if (passphrase == NULL || *passphrase == '\0') {
        if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0' && *name != '\0')
            return error_set("option -p: the variable %s is not set, or empty", name);
        return error_set("option -p takes the name of a variable that holds the passphrase, and "
                         "there is none of that name, or it is empty");
    }
    if (age_recipients_set_passphrase(&c->recipients, passphrase) != 0)
        return error_add_context("the variable of option -p");
    return 0;
}

static int choose_recipients(struct dump_command *c, struct flow_dump *dump)
{
    const char *variable = getenv("DYNODROP_RECIPIENTS");

    dump->recipients = &c->recipients;
    if (c->passphrase_variable != NULL)
        return choose_passphrase(c);
    if (c->recipients.count == 0 && variable != NULL &&
        age_recipients_parse(&c->recipients, variable) != 0)
        return error_add_context("variable DYNODROP_RECIPIENTS");
    if (c->recipients.count == 0)
        return error_set("no recipient: give -r, or set DYNODROP_RECIPIENTS to, the age public key "
                         "that `dynodrop keygen` prints on the machine where drops are opened");
    return 0;
}

/* DYNODROP_TARGETS is separated by spaces. */
static int split_targets(struct dump_command *c, const char *variable)
{
    char *rest = NULL;

    c->target_words = strdup(variable);
    free(c->targets);
    c->targets = calloc(strlen(variable) + 1, sizeof(*c->targets));
    if (c->target_words == NULL || c->targets == NULL)
        return error_set("out of memory");
    for (char *word = strtok_r(c->target_words, " \t\n", &rest); word != NULL;
         word = strtok_r(NULL, " \t\n", &rest))
        c->targets[c->n_targets++] = word;
    return 0;
}

static int check_stdout(void)
{
    if (options_on_dyno())
        return error_set("no target: on a dyno standard output goes to the log; give -t or set "
                         "DYNODROP_TARGETS");
    if (isatty(STDOUT_FILENO))
        return error_set("no target: give -t a path or a folder, or send standard output to a file "
                         "or a program; a drop is not written to a terminal");
    return 0;
}

static int choose_targets(struct dump_command *c, struct flow_dump *dump)
{
    const char *variable = getenv("DYNODROP_TARGETS");

    if (c->n_targets == 0 && variable != NULL && split_targets(c, variable) != 0)
        return -1;
    if (c->n_targets == 0)
        c->targets[c->n_targets++] = "-";
    for (size_t i = 0; i < c->n_targets; i++) {
        if (sink_check(c->targets[i]) != 0)
            return -1;
        if (strcmp(c->targets[i], "-") == 0 && check_stdout() != 0)
            return -1;
    }
    dump->targets = c->targets;
    dump->n_targets = c->n_targets;
    return 0;
}

static int choose_rest(struct dump_command *c, struct flow_dump *dump)
{
    const char *level = options_value(c->level, "DYNODROP_LEVEL", "auto");

    dump->progress = c->progress;
    dump->level = LEVEL_AUTO;
    if (strcmp(level, "auto") != 0 && options_number(level, "the level", 1, 19, &dump->level) != 0)
        return -1;
    dump->app = options_value(getenv("DYNODROP_APP"), "HEROKU_APP_NAME", NULL);
    dump->name = options_value(c->name, "DYNODROP_NAME", NAME_DEFAULT);
    return name_check(dump->name);
}

static void wipe_text(char *text)
{
    if (text != NULL)
        sodium_memzero(text, strlen(text));
    free(text);
}

static int report(const struct flow_dump *dump, const struct flow_dump_result *result,
                  time_t started)
{
    struct buf line = {0}, targets = {0};
    int rc = 0;

    for (size_t i = 0; i < dump->n_targets && rc == 0; i++)
        rc = buf_printf(&targets, "%s%s", i > 0 ? "," : "", dump->targets[i]);
    if (rc == 0 && logfmt_text(&line, "name", result->name) == 0 &&
        logfmt_number(&line, "tables", result->tables) == 0 &&
        logfmt_number(&line, "rows", result->rows) == 0 &&
        logfmt_number(&line, "raw_bytes", result->raw_bytes) == 0 &&
        logfmt_number(&line, "bytes", result->bytes) == 0 &&
        logfmt_number(&line, "seconds", (uint64_t)(time(NULL) - started)) == 0 &&
        logfmt_text(&line, "targets", buf_text(&targets)) == 0)
        log_result("done %s", line.data);
    else
        rc = -1;
    buf_free(&targets);
    buf_free(&line);
    return rc;
}

static int run(const struct flow_dump *dump)
{
    struct flow_dump_result result;
    time_t started = time(NULL);
    int rc = flow_dump(dump, &result);

    if (rc == 0)
        rc = report(dump, &result, started);
    free(result.name);
    return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* Everything is checked before anything is touched. */
static int check_and_run(struct dump_command *c, int argc, char **argv)
{
    struct flow_dump dump = {0};
    char *conninfo = NULL;
    int code = EXIT_USAGE;

    if (read_pg_dump_options(&dump, argc, argv) == 0 && choose_recipients(c, &dump) == 0 &&
        choose_targets(c, &dump) == 0 && choose_rest(c, &dump) == 0 &&
        choose_source(c, &dump, &conninfo) == 0)
        code = run(&dump);
    wipe_text(conninfo);
    return code;
}

int cmd_dump(int argc, char **argv)
{
    struct dump_command c = {.targets = calloc((size_t)argc + 1, sizeof(*c.targets))};
    int code = EXIT_USAGE;

    if (c.targets == NULL)
        error_set("out of memory");
    else if (read_options(&c, argc, argv) == 0)
        code = c.help ? options_help(help) : check_and_run(&c, argc, argv);
    wipe_text(c.database);
    age_recipients_clear(&c.recipients);
    free(c.target_words);
    free(c.targets);
    return code;
}
