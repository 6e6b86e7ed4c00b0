#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/logfmt.h"
#include "cmd/command.h"
#include "cmd/database_option.h"
#include "cmd/drop_command.h"
#include "cmd/options.h"
#include "flow/database.h"
#include "flow/restore.h"
#include "pg/conninfo.h"
#include "pg/pgrestore.h"

static const char help[] =
    "usage: dynodrop restore [-i IDENTITY]... -d DATABASE [-j JOBS] [--clean] [--exit-on-error]\n"
    "                        DROP [PART...] [-- PG_RESTORE_OPTIONS]\n"
    "\n"
    "Restores a drop (- is standard input) into a database, on several connections: first "
    "schemas,\n"
    "types and tables, then the rows, then indexes, constraints and grants. Nothing of it is "
    "written\n"
    "to this machine's disk.\n"
    "\n"
    "What fails is named at once, and again in the last lines. All else is restored, and the exit "
    "code\n"
    "is 1. A table of whose rows the server refuses one ends up empty; one that has rows already "
    "is\n"
    "left as it is.\n"
    "\n"
    "A database that has tables is refused, unless --clean says to remove from it first what is "
    "about\n"
    "to be restored. Then the whole drop is read and checked before anything is removed.\n"
    "\n"
    "A drop that came in parts (NAME.001, NAME.002 ...) is named by all of them, in any order, or "
    "by\n"
    "the first alone.\n"
    "\n"
    "  -i, --identity FILE     the identity that opens it, itself encrypted or not; - is standard\n"
    "                          input; repeat: any of them may be the one [DYNODROP_IDENTITY, else\n"
    "                          ~/.config/dynodrop/identity.txt]\n"
    "  -d, --database DATABASE a postgres URL or libpq connection string, or the name of a "
    "variable\n"
    "                          that holds one\n"
    "  -j, --jobs N            connections that load rows and make indexes [one for each "
    "processor,\n"
    "                          4 at most, fewer where the server has few left]\n"
    "      --clean             first remove from the database what is about to be restored; the "
    "drop\n"
    "                          must be a file\n"
    "      --exit-on-error     stop at the first object that fails\n"
    "      --help              show this\n"
    "\n"
    "Behind -- stand options of pg_restore that select or shape what is restored:\n"
    "  -- --no-owner --no-acl  what a database of RDS or another provider needs, where the drop's\n"
    "                          roles do not exist\n"
    "  -- -t orders            one table and its rows, without its indexes\n"
    "\n"
    "The passphrase of a drop, or of an identity that has one, is asked for at the terminal "
    "unless\n"
    "DYNODROP_PASSPHRASE holds it.\n";

enum { OPTION_CLEAN = DROP_OPTION_OWN, OPTION_EXIT_ON_ERROR };

static const struct option long_options[] = {
    DROP_OPTIONS,
    {"database", required_argument, NULL, 'd'},
    {"jobs", required_argument, NULL, 'j'},
    {"clean", no_argument, NULL, OPTION_CLEAN},
    {"exit-on-error", no_argument, NULL, OPTION_EXIT_ON_ERROR},
    {NULL, 0, NULL, 0},
};

struct restore_command {
    char *conninfo;
    struct restore_options options;
};

static int take_option(void *self, int option)
{
    struct restore_command *c = self;

    switch (option) {
    case 'd':
        pg_conninfo_wipe(c->conninfo);
        c->conninfo = database_option_take(optarg, "-d");
        return c->conninfo != NULL ? 0 : -1;
    case 'j':
        return options_number(optarg, "the number of jobs", 1, DATABASE_MOST_JOBS,
                              &c->options.jobs);
    case OPTION_CLEAN:
        c->options.clean = true;
        return 0;
    default:
        c->options.exit_on_error = true;
        return 0;
    }
}

static bool can_be_read_twice(const struct parts *parts)
{
    struct stat st;

    if (strcmp(parts->paths[0], "-") == 0)
        return false;
    for (size_t i = 0; i < parts->count; i++)
        if (stat(parts->paths[i], &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            return false;
    return true;
}

static int check_options(void *self, const struct parts *parts)
{
    struct restore_command *c = self;

    if (c->conninfo == NULL)
        return error_set("which database is it to be restored into? Name it with -d: a postgres "
                         "URL, or a variable that holds one");
    if (c->options.clean && !can_be_read_twice(parts))
        return error_set("--clean needs a drop in a file: all of it is checked before anything is "
                         "dropped, and %s can be read only once",
                         strcmp(parts->paths[0], "-") == 0 ? "standard input" : parts->paths[0]);
    c->options.conninfo = c->conninfo;
    if (pg_restore_check_options(c->options.pg_restore) != 0)
        return -1;
    if (c->options.clean && pg_restore_option_is_given(c->options.pg_restore, 'a', "data-only"))
        return error_set("--clean drops what is created anew, and pg_restore's --data-only creates "
                         "nothing: give one of them");
    return 0;
}

static void tell_failures(const struct failures *failures)
{
    for (size_t i = 0; i < failures->n; i++) {
        const struct failure *f = &failures->items[i];

        log_error("failed: %s%s%s", f->what, *f->what != '\0' ? ": " : "", f->why);
    }
}

static int report(const struct restore *r, const char *path, const struct rows_result *result,
                  int64_t started_ms)
{
    const char *slash = strrchr(path, '/');
    struct buf line = {0};
    int rc = -1;

    if (logfmt_text(&line, "name", slash != NULL ? slash + 1 : path) == 0 &&
        logfmt_text(&line, "database", restore_database(r)) == 0 &&
        logfmt_number(&line, "tables", result->tables) == 0 &&
        logfmt_number(&line, "rows", result->rows) == 0 &&
        logfmt_number(&line, "raw_bytes", result->bytes) == 0 &&
        logfmt_number(&line, "seconds", (uint64_t)(clock_ms() - started_ms) / 1000) == 0 &&
        logfmt_number(&line, "failed", restore_failures(r)->all) == 0) {
        log_result("restored %s", line.data);
        rc = 0;
    }
    buf_free(&line);
    return rc;
}

static void passed(void *self, size_t bytes)
{
    restore_passed(self, bytes);
}

/* The whole drop, before anything of the database is dropped. */
static int check(struct restore *r, struct drop *drop)
{
    if (restore_check(r, drop->archive, drop_bytes(drop)) != 0)
        return error_add_context("%s", drop->parts->name);
    return drop_rewind(drop);
}

/* What to do about a restore that was broken off. */
static const char *advice(const struct restore_command *c, const struct drop *drop)
{
    if (pg_restore_option_is_given(c->options.pg_restore, 'a', "data-only"))
        return "empty its tables, and begin it again";
    if (!can_be_read_twice(drop->parts))
        return "begin it again, with --clean and the drop in a file";
    return "begin it again with --clean";
}

static int restore(const struct restore_command *c, struct restore *r, struct drop *drop)
{
    const struct failures *failures = restore_failures(r);
    const int64_t started_ms = clock_ms();
    struct rows_result result;
    int rc;

    if (restore_choose(r, drop->archive) != 0)
        return -1;
    drop->observer = (struct drop_observer){.passed = passed, .self = r};
    if (c->options.clean && check(r, drop) != 0)
        return -1;
    rc = restore_run(r, drop->archive, drop_bytes(drop), &result);
    restore_end_progress(r);
    tell_failures(failures);
    if (rc != 0)
        return error_append("; the restore is not complete: %s", advice(c, drop));
    if (report(r, drop->parts->name, &result, started_ms) != 0)
        return -1;
    return failures->all == 0
               ? 0
               : error_set("not all of the drop is restored: %zu failed, as told above",
                           failures->all);
}

static int run(void *self, struct drop *drop, const struct identity_files *identities)
{
    const struct restore_command *c = self;
    struct restore *r;
    int rc = drop_unlock(drop, identities);

    if (rc != 0)
        return -1;
    r = restore_new(&c->options);
    rc = r != NULL ? restore(c, r, drop) : -1;
    drop->observer = (struct drop_observer){0};
    restore_free(r);
    return rc;
}

/* How many words stand before a "--". */
static int count_own(int argc, char **argv)
{
    int n = 1;

    while (n < argc && strcmp(argv[n], "--") != 0)
        n++;
    return n;
}

int cmd_restore(int argc, char **argv)
{
    const int own = count_own(argc, argv);
    struct restore_command c = {
        .options = {.progress = METER_AUTO, .progress_line_s = METER_LINE_S}};
    const struct drop_command command = {.help = help,
                                         .letters = ":i:d:j:",
                                         .options = long_options,
                                         .take = take_option,
                                         .check = check_options,
                                         .work = run,
                                         .self = &c};
    int code;

    /* argv ends with a NULL. */
    c.options.pg_restore = (const char *const *)argv + (own < argc ? own + 1 : argc);
    code = drop_command_run(&command, own, argv);
    pg_conninfo_wipe(c.conninfo);
    return code;
}
