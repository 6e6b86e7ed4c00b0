#include "cmd/dump_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/words.h"
#include "cmd/database_option.h"
#include "cmd/options.h"
#include "flow/budget.h"
#include "pg/conninfo.h"
#include "pg/pgdump.h"
#include "pg/source.h"
#include "sink/alternatives.h"
#include "sink/name.h"

#define DEFAULT_WAIT_S 600
#define LEAST_PART     (64 * 1024)

/* Between two lines of progress where none are wanted, but it must not be silent for long. */
#define SIGN_OF_LIFE_S (9 * 60)

const char dump_options_help[] =
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
    "  -t, --target TARGET        where it goes: taildrop:HOST for a machine of the tailnet, a "
    "path,\n"
    "                             file:PATH, a folder, or - for standard output; several "
    "separated\n"
    "                             by commas: the first that works; repeat: each must get it\n"
    "                             [DYNODROP_TARGETS, separated by spaces; else standard output,\n"
    "                             unless that is a terminal]\n"
    "  -j, --jobs JOBS            connections that read rows at the same time, 1 to 64, or auto: "
    "as\n"
    "                             many as there are processors, 4 at most, if the server can spare "
    "them\n"
    "                             [DYNODROP_JOBS, else auto]\n"
    "      --reserve N            connections that auto leaves to others [DYNODROP_RESERVE, else "
    "5]\n"
    "  -z, --level LEVEL          zstd level 1 to 19, or auto: chosen for each table\n"
    "                             [DYNODROP_LEVEL, else auto]\n"
    "      --memory SIZE          what the program may use, as 128M or 1G; fewer jobs where it is "
    "too\n"
    "                             little for all [DYNODROP_MEMORY, else 128M]\n"
    "      --name NAME            the drop's name; {app} {database} {host} {time} are filled in\n"
    "                             [DYNODROP_NAME, else " NAME_DEFAULT "]\n"
    "      --spool FOLDER         where ciphertext waits to be sent; it may need as much room as "
    "the\n"
    "                             drop [DYNODROP_SPOOL, else TMPDIR, else /tmp]\n"
    "      --part-size SIZE       deliver it in parts, NAME.001 and so on, of this size; or auto: "
    "only\n"
    "                             where the spool has no room for all of it [auto]\n"
    "      --wait TIME            how long to wait for a machine that is asleep, as 90s, 10m, 2h\n"
    "                             [DYNODROP_WAIT, else 10m]\n"
    "      --progress FORM        bar, log (a line every 10 s), none (every 9 min on a dyno);\n"
    "                             or auto: bar on a terminal, else log, and none with -q [auto]\n"
    "  -v, --verbose              tell more\n"
    "  -q, --quiet                tell errors and the last line only\n"
    "      --help                 show this\n"
    "\n"
    "Behind -- stand options of pg_dump that select or shape what is dumped: -- -n app "
    "--no-owner\n"
    "[DYNODROP_PG_DUMP_OPTIONS]\n";

enum {
    OPTION_NAME = 256,
    OPTION_RESERVE,
    OPTION_MEMORY,
    OPTION_SPOOL,
    OPTION_PART_SIZE,
    OPTION_WAIT,
    OPTION_PROGRESS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"recipient", required_argument, NULL, 'r'},
    {"recipients-file", required_argument, NULL, 'R'},
    {"passphrase-env", required_argument, NULL, 'p'},
    {"target", required_argument, NULL, 't'},
    {"jobs", required_argument, NULL, 'j'},
    {"reserve", required_argument, NULL, OPTION_RESERVE},
    {"level", required_argument, NULL, 'z'},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"name", required_argument, NULL, OPTION_NAME},
    {"spool", required_argument, NULL, OPTION_SPOOL},
    {"part-size", required_argument, NULL, OPTION_PART_SIZE},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"progress", required_argument, NULL, OPTION_PROGRESS},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* As they stand on the command line. */
struct given {
    char *database; /* allocated: it is hidden in argv */
    const char *passphrase_variable;
    size_t n_targets;
    const char *jobs;
    const char *reserve;
    const char *level;
    const char *memory;
    const char *spool;
    const char *part_size;
    const char *wait;
    const char *name;
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

static int read_options(struct dump_options *o, struct given *given, int argc, char **argv)
{
    int option;

    while ((option = options_next(argc, argv, ":d:r:R:p:t:j:z:vq", long_options)) != -1) {
        switch (option) {
        case 'd':
            free(given->database);
            given->database = strdup(optarg);
            if (given->database == NULL)
                return error_set("out of memory");
            /* Everybody on the machine can read argv. */
            if (pg_conninfo_is_one(optarg))
                pg_conninfo_hide(optarg);
            break;
        case 'r':
            if (age_recipients_parse(&o->recipients, optarg) != 0)
                return error_add_context("option -r");
            break;
        case 'R':
            if (read_recipients(&o->recipients, optarg) != 0)
                return error_add_context("option -R");
            break;
        case 'p':
            given->passphrase_variable = optarg;
            break;
        case 't':
            o->targets[given->n_targets++] = optarg;
            break;
        case 'j':
            given->jobs = optarg;
            break;
        case OPTION_RESERVE:
            given->reserve = optarg;
            break;
        case 'z':
            given->level = optarg;
            break;
        case OPTION_MEMORY:
            given->memory = optarg;
            break;
        case OPTION_NAME:
            given->name = optarg;
            break;
        case OPTION_SPOOL:
            given->spool = optarg;
            break;
        case OPTION_PART_SIZE:
            given->part_size = optarg;
            break;
        case OPTION_WAIT:
            given->wait = optarg;
            break;
        case OPTION_PROGRESS:
            if (read_progress(optarg, &o->dump.progress) != 0)
                return -1;
            break;
        case 'v':
            log_set_level(LOG_VERBOSE);
            break;
        case 'q':
            log_set_level(LOG_QUIET);
            break;
        case OPTION_HELP:
            o->help = true;
            return 0;
        default:
            options_error(argv, option);
            return -1;
        }
    }
    return 0;
}

/* The words behind the options must stand behind a "--" to be pg_dump's. */
static int choose_pg_dump_options(struct dump_options *o, int argc, char **argv)
{
    const char *variable = getenv("DYNODROP_PG_DUMP_OPTIONS");
    size_t n;

    if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
        return error_set(
            "dump takes no arguments: the database stands behind -d, pg_dump's options "
            "behind --");
    if (optind < argc) {
        o->dump.database.pg_dump_options = (const char *const *)argv + optind;
        return pg_dump_check_options(o->dump.database.pg_dump_options);
    }
    if (variable == NULL)
        return 0;
    o->words_of_pg_dump_options =
        words_split(variable, "the variable DYNODROP_PG_DUMP_OPTIONS", &n);
    if (o->words_of_pg_dump_options == NULL)
        return -1;
    o->dump.database.pg_dump_options = (const char *const *)o->words_of_pg_dump_options;
    if (pg_dump_check_options(o->dump.database.pg_dump_options) != 0)
        return error_add_context("variable DYNODROP_PG_DUMP_OPTIONS");
    return 0;
}

static int choose_source(struct dump_options *o, const struct given *given)
{
    const char *choice = options_value(given->database, "DYNODROP_DATABASE", PG_SOURCE_DEFAULT);

    o->dump.database.conninfo = o->conninfo = pg_source_resolve(choice, "-d");
    if (o->conninfo == NULL)
        return options_advise("addons:attach ADDON_OF_THE_DATABASE --as DATABASE");
    return given->database != NULL ? database_option_check(given->database, o->conninfo, "-d") : 0;
}

/* Someone may have given the passphrase itself: only what is surely a variable's name is quoted. */
static int choose_passphrase(struct dump_options *o, const char *name)
{
    const char *passphrase = getenv(name);

    if (o->recipients.count > 0)
        return error_set("-p and -r or -R exclude each other: a drop is encrypted either with a "
                         "passphrase or to recipients");
    if (passphrase == NULL || *passphrase == '\0') {
        if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0' && *name != '\0')
            return error_set("option -p: the variable %s is not set, or empty", name);
        return error_set("option -p takes the name of a variable that holds the passphrase, and "
                         "there is none of that name, or it is empty");
    }
    if (age_recipients_set_passphrase(&o->recipients, passphrase) != 0)
        return error_add_context("the variable of option -p");
    return 0;
}

#define SET_RECIPIENTS "config:set DYNODROP_RECIPIENTS=age1..."

static int choose_recipients(struct dump_options *o, const struct given *given)
{
    const char *variable = getenv("DYNODROP_RECIPIENTS");

    o->dump.recipients = &o->recipients;
    if (given->passphrase_variable != NULL)
        return choose_passphrase(o, given->passphrase_variable);
    if (o->recipients.count == 0 && variable != NULL &&
        age_recipients_parse(&o->recipients, variable) != 0) {
        error_add_context("variable DYNODROP_RECIPIENTS");
        return options_advise(SET_RECIPIENTS);
    }
    if (o->recipients.count == 0) {
        error_set("no recipient: give -r, or set DYNODROP_RECIPIENTS to, the age public key that "
                  "`dynodrop keygen` prints on the machine where drops are opened");
        return options_advise(SET_RECIPIENTS);
    }
    return 0;
}

static int check_stdout(void)
{
    if (options_on_dyno()) {
        error_set("no target: on a dyno standard output goes to the log; give -t or set "
                  "DYNODROP_TARGETS");
        return options_advise("config:set DYNODROP_TARGETS=taildrop:MACHINE");
    }
    if (isatty(STDOUT_FILENO))
        return error_set("no target: give -t a path or a folder, or send standard output to a file "
                         "or a program; a drop is not written to a terminal");
    return 0;
}

static int check_target(const char *target, bool *needs_tailnet)
{
    struct alternatives places;

    if (alternatives_parse(&places, target) != 0)
        return -1;
    *needs_tailnet = *needs_tailnet || alternatives_have_taildrop(&places);
    alternatives_clear(&places);
    return strcmp(target, "-") == 0 ? check_stdout() : 0;
}

/* A tailscaled that runs on is the same machine for the target each time. */
static int check_name_for_tailnet(const struct dump_options *o)
{
    if (o->tailnet.socket == NULL || strstr(o->dump.name, "{time}") != NULL)
        return 0;
    return error_set("with TS_SOCKET each drop needs a name of its own, since what the target may "
                     "have kept of an earlier one would stay behind it: put {time} into --name");
}

static int read_tailnet(struct dump_options *o)
{
    if (tailnet_config_read(&o->tailnet, o->dump.app) != 0)
        return options_advise("config:set DYNODROP_TS_AUTHKEY=tskey-auth-...");
    return check_name_for_tailnet(o);
}

static int choose_targets(struct dump_options *o, const struct given *given)
{
    static const char *const none[] = {"-"};
    const char *variable = getenv("DYNODROP_TARGETS");
    struct targets_options *t = &o->dump.targets;
    bool need_tailnet = false;
    int rc = 0;

    t->texts = o->targets;
    t->n = given->n_targets;
    if (given->n_targets == 0 && variable != NULL) {
        o->words_of_targets = words_split(variable, "the variable DYNODROP_TARGETS", &t->n);
        if (o->words_of_targets == NULL)
            return -1;
        t->texts = (const char *const *)o->words_of_targets;
    }
    if (t->n == 0) {
        t->texts = none;
        t->n = 1;
    }
    for (size_t i = 0; i < t->n && rc == 0; i++)
        rc = check_target(t->texts[i], &need_tailnet);
    if (rc == 0 && need_tailnet)
        rc = read_tailnet(o);
    t->tailnet = &o->tailnet;
    return rc;
}

/* How it goes there. */
static int choose_way(struct targets_options *t, const struct given *given)
{
    const char *temp = getenv("TMPDIR");
    const char *wait = options_value(given->wait, "DYNODROP_WAIT", NULL);

    t->temp = temp != NULL && *temp != '\0' ? temp : "/tmp";
    t->spool = options_value(given->spool, "DYNODROP_SPOOL", t->temp);
    t->wait_s = DEFAULT_WAIT_S;
    if (wait != NULL && options_duration(wait, "the time to wait", &t->wait_s) != 0)
        return -1;
    if (given->part_size == NULL || strcmp(given->part_size, "auto") == 0)
        return 0;
    if (options_size(given->part_size, "the size of a part", &t->part_size) != 0)
        return -1;
    return t->part_size >= LEAST_PART ? 0 : error_set("a part has at least 64K");
}

/* A number, or "auto", which is 0. */
static int choose_number(const char *given, const char *variable, const char *what, int max,
                         int *value)
{
    const char *text = options_value(given, variable, "auto");

    *value = 0;
    return strcmp(text, "auto") == 0 ? 0 : options_number(text, what, 1, max, value);
}

static int choose_load(struct database_options *database, const struct given *given)
{
    const char *reserve = options_value(given->reserve, "DYNODROP_RESERVE", NULL);
    const char *memory = options_value(given->memory, "DYNODROP_MEMORY", NULL);
    struct budget one_job;

    database->reserve = DATABASE_DEFAULT_RESERVE;
    database->memory = DATABASE_DEFAULT_MEMORY;
    if (choose_number(given->jobs, "DYNODROP_JOBS", "the number of jobs", DATABASE_MOST_JOBS,
                      &database->jobs) != 0 ||
        choose_number(given->level, "DYNODROP_LEVEL", "the level", 19, &database->level) != 0)
        return -1;
    if (reserve != NULL && options_number(reserve, "the number of connections to reserve", 0, 10000,
                                          &database->reserve) != 0)
        return -1;
    if (memory != NULL && options_size(memory, "the memory", &database->memory) != 0)
        return -1;
    return budget_make(&one_job, database->memory, 1, database->level);
}

static int choose_name(struct flow_dump *dump, const struct given *given)
{
    dump->app = options_value(NULL, "DYNODROP_APP", options_value(NULL, "HEROKU_APP_NAME", NULL));
    dump->name = options_value(given->name, "DYNODROP_NAME", NAME_DEFAULT);
    return name_check(dump->name);
}

/* Heroku cuts the connection to a run that is silent for an hour, and nobody can look from outside
 * whether one still goes on. */
static void choose_progress(struct flow_dump *dump)
{
    dump->progress_line_s = METER_LINE_S;
    if (dump->progress == METER_AUTO && log_level() == LOG_QUIET)
        dump->progress = METER_NONE;
    if (dump->progress == METER_NONE && options_on_dyno()) {
        dump->progress = METER_LOG;
        dump->progress_line_s = SIGN_OF_LIFE_S;
    }
}

/* Logs may keep the line: what the options hold stays out of it. */
static int choose_detached(struct dump_options *o, bool has_options)
{
    if (!options_on_dyno() || !isatty(STDERR_FILENO))
        return 0;
    if (buf_printf(&o->detached, "heroku run:detached -a %s -- \"bin/dump%s\"", options_app(),
                   has_options ? " OPTIONS" : "") != 0)
        return -1;
    o->dump.detached = buf_text(&o->detached);
    return 0;
}

int dump_options_read(struct dump_options *o, int argc, char **argv)
{
    struct given given = {0};
    int rc;

    *o = (struct dump_options){.targets = calloc((size_t)argc + 1, sizeof(*o->targets))};
    if (o->targets == NULL)
        return error_set("out of memory");
    rc = read_options(o, &given, argc, argv);
    choose_progress(&o->dump);
    if (rc == 0 && !o->help &&
        (choose_pg_dump_options(o, argc, argv) != 0 || choose_recipients(o, &given) != 0 ||
         choose_name(&o->dump, &given) != 0 || choose_targets(o, &given) != 0 ||
         choose_way(&o->dump.targets, &given) != 0 || choose_load(&o->dump.database, &given) != 0 ||
         choose_source(o, &given) != 0 || choose_detached(o, argc > 1) != 0))
        rc = -1;
    pg_conninfo_wipe(given.database);
    return rc;
}

void dump_options_free(struct dump_options *o)
{
    pg_conninfo_wipe(o->conninfo);
    buf_free(&o->detached);
    age_recipients_clear(&o->recipients);
    tailnet_config_clear(&o->tailnet);
    free(o->words_of_pg_dump_options);
    free(o->words_of_targets);
    free(o->targets);
}
