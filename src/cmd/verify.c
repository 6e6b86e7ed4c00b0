#include <inttypes.h>
#include <stdbool.h>

#include "archive/check.h"
#include "archive/text.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/against.h"
#include "cmd/blocks.h"
#include "cmd/command.h"
#include "cmd/drop_command.h"
#include "cmd/options.h"
#include "flow/database.h"
#include "pg/conninfo.h"

static const char help[] =
    "usage: dynodrop verify [-i IDENTITY]... [-v] [--against DATABASE] DROP [PART...]\n"
    "\n"
    "Reads a drop (- is standard input) to its end and checks that it is whole: its encryption, "
    "its\n"
    "structure, and each chunk of rows against the record that was made of it when it was dumped.\n"
    "It says what was checked, or exits with 1 and says what is wrong.\n"
    "\n"
    "With --against it then reads a database, and compares every object and all rows with the "
    "drop.\n"
    "It names what is missing there, what differs, and what the drop does not have, and exits with "
    "3\n"
    "if there is any. The order of rows does not matter, nor do settings of the database itself. "
    "It\n"
    "only reads. Of a drop that was made with options for pg_dump that part is compared.\n"
    "\n"
    "A drop that came in parts (NAME.001, NAME.002 ...) is named by all of them, in any order, or "
    "by\n"
    "the first alone.\n"
    "\n"
    "  -i, --identity FILE     the identity that opens it, itself encrypted or not; - is standard\n"
    "                          input; repeat: any of them may be the one [DYNODROP_IDENTITY, else\n"
    "                          ~/.config/dynodrop/identity.txt]\n"
    "  -v, --verbose           show each table\n"
    "      --against DATABASE  a postgres URL or libpq connection string, or the name of a "
    "variable\n"
    "                          that holds one\n"
    "      --schema-only       compare objects, not rows, and do not read the drop to its end\n"
    "      --no-owner          do not compare owners\n"
    "      --no-acl            do not compare grants\n"
    "  -j, --jobs N            connections that read rows [one for each processor, 4 at most]\n"
    "      --help              show this\n"
    "\n"
    "The passphrase of a drop, or of an identity that has one, is asked for at the terminal "
    "unless\n"
    "DYNODROP_PASSPHRASE holds it.\n";

enum { OPTION_AGAINST = DROP_OPTION_OWN, OPTION_SCHEMA_ONLY, OPTION_NO_OWNER, OPTION_NO_ACL };

static const struct option long_options[] = {
    DROP_OPTIONS,
    {"verbose", no_argument, NULL, 'v'},
    {"against", required_argument, NULL, OPTION_AGAINST},
    {"schema-only", no_argument, NULL, OPTION_SCHEMA_ONLY},
    {"no-owner", no_argument, NULL, OPTION_NO_OWNER},
    {"no-acl", no_argument, NULL, OPTION_NO_ACL},
    {"jobs", required_argument, NULL, 'j'},
    {NULL, 0, NULL, 0},
};

struct verify_command {
    bool verbose;
    struct against_request against;
};

static int take_option(void *self, int option)
{
    struct verify_command *c = self;

    switch (option) {
    case 'v':
        c->verbose = true;
        return 0;
    case 'j':
        return options_number(optarg, "the number of jobs", 1, DATABASE_MOST_JOBS,
                              &c->against.jobs);
    case OPTION_AGAINST:
        return against_choose(&c->against, optarg);
    case OPTION_SCHEMA_ONLY:
        c->against.schema_only = true;
        return 0;
    case OPTION_NO_OWNER:
        c->against.no_owner = true;
        return 0;
    default:
        c->against.no_acl = true;
        return 0;
    }
}

static int check_options(void *self, const struct parts *parts)
{
    const struct against_request *against = &((struct verify_command *)self)->against;

    (void)parts;
    if (against->conninfo == NULL &&
        (against->schema_only || against->no_owner || against->no_acl || against->jobs > 0))
        return error_set("--schema-only, --no-owner, --no-acl and -j are about a database: name it "
                         "with --against");
    return 0;
}

/* What a drop is found to hold. The answer is printed only once all of it is known to be good. */
struct found {
    bool verbose;
    struct buf answer;
    struct archive_preamble preamble;
    struct archive_summary sums;
    bool failed; /* out of memory */
};

static void take_preamble(void *self, struct archive_preamble *preamble)
{
    struct found *f = self;

    f->preamble = *preamble;
    *preamble = (struct archive_preamble){0};
}

static void add_block(void *self, const struct toc_entry *entry,
                      const struct archive_block_sum *sum)
{
    struct found *f = self;

    if (archive_summary_add(&f->sums, sum) != 0 ||
        (f->verbose && blocks_add(&f->answer, entry, sum, true) != 0))
        f->failed = true;
}

static int add_result(struct found *f, const char *name, const struct archive_checked *checked)
{
    if (buf_add_visible(&f->answer, name) != 0 ||
        buf_printf(&f->answer,
                   " is whole: %" PRIu64 " tables, %" PRIu64 " rows, %" PRIu64 " bytes, ",
                   checked->tables, checked->rows, checked->bytes) != 0)
        return -1;
    if (checked->structure_only)
        return buf_add_text(&f->answer, "no chunk records: only its structure was checked\n");
    return buf_printf(&f->answer, "%" PRIu64 " chunk records\n", checked->chunks);
}

static int print(struct found *f)
{
    int rc = io_print(f->answer.data, f->answer.len);

    f->answer.len = 0;
    return rc;
}

static int check(struct found *f, struct drop *drop, bool content)
{
    const struct archive_check_observer observer = {
        .preamble = take_preamble, .block = add_block, .self = f, .content = content};
    struct archive_checked checked;
    int rc = f->verbose ? blocks_add_heading(&f->answer, true) : 0;

    if (rc == 0 && archive_check(drop->archive, &observer, &checked) != 0)
        rc = error_add_context("%s", drop->parts->name);
    if (rc == 0 && f->failed)
        rc = error_set("out of memory");
    if (rc == 0)
        rc = add_result(f, drop->parts->name, &checked);
    return rc == 0 ? print(f) : -1;
}

/* Of a drop that is not read any further. */
static int read_preamble(struct found *f, struct drop *drop)
{
    struct archive_decoder *decoder = archive_decoder_new(drop->archive);
    struct archive_block block;
    int more = decoder != NULL ? archive_reader_next_block(drop->archive, &block) : -1;

    if (more > 0 && block.dump_id == ARCHIVE_PREAMBLE_ID && archive_text_is(&block))
        more = archive_text_read_preamble(decoder, &f->preamble);
    archive_decoder_free(decoder);
    return more < 0 ? error_add_context("%s", drop->parts->name) : 0;
}

static int compare(struct found *f, const struct against_request *against, struct drop *drop)
{
    const struct against_found found = {.preamble = &f->preamble,
                                        .sums = against->schema_only ? NULL : &f->sums};
    int rc = against_answer(against, drop, &found, &f->answer);

    return rc < 0 || print(f) != 0 ? -1 : rc;
}

static int run(void *self, struct drop *drop, const struct identity_files *identities)
{
    const struct verify_command *c = self;
    const bool is_compared = c->against.conninfo != NULL;
    struct found f = {.verbose = c->verbose};
    int rc = drop_unlock(drop, identities);

    if (rc == 0)
        rc = c->against.schema_only ? read_preamble(&f, drop) : check(&f, drop, is_compared);
    if (rc == 0 && is_compared)
        rc = compare(&f, &c->against, drop);
    archive_preamble_free(&f.preamble);
    archive_summary_free(&f.sums);
    buf_free(&f.answer);
    return rc;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_command c = {0};
    const struct drop_command command = {.help = help,
                                         .letters = ":i:vj:",
                                         .options = long_options,
                                         .take = take_option,
                                         .check = check_options,
                                         .work = run,
                                         .self = &c};
    int code = drop_command_run(&command, argc, argv);

    pg_conninfo_wipe(c.against.conninfo);
    return code;
}
