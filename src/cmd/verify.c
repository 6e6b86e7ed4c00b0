#include <inttypes.h>
#include <stdbool.h>

#include "archive/check.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/blocks.h"
#include "cmd/command.h"
#include "cmd/drop.h"
#include "cmd/identity.h"
#include "cmd/options.h"
#include "cmd/parts.h"

static const char help[] =
    "usage: dynodrop verify [-i IDENTITY]... [-v] DROP [PART...]\n"
    "\n"
    "Reads a drop (- is standard input) to its end and checks that it is whole: its encryption, "
    "its\n"
    "structure, and each chunk of rows against the record that was made of it when it was dumped.\n"
    "It says what was checked, or exits with 1 and says what is wrong.\n"
    "\n"
    "One that came in parts (NAME.001, NAME.002 ...) is named by all of them, in any order, or "
    "by\n"
    "the first alone.\n"
    "\n"
    "  -i, --identity FILE  the identity that opens it, itself encrypted or not; - is standard\n"
    "                       input; repeat: any of them may be the one [DYNODROP_IDENTITY, else\n"
    "                       ~/.config/dynodrop/identity.txt]\n"
    "  -v, --verbose        show each table\n"
    "      --help           show this\n"
    "\n"
    "The passphrase of a drop, or of an identity that has one, is asked for at the terminal "
    "unless\n"
    "DYNODROP_PASSPHRASE holds it.\n";

enum { OPTION_HELP = 256 };

static const struct option long_options[] = {
    {"identity", required_argument, NULL, 'i'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct verify_command {
    struct identity_files identities;
    struct parts parts;
    bool verbose;
    bool help;
};

static int read_options(struct verify_command *c, int argc, char **argv)
{
    int option;

    while ((option = options_next(argc, argv, ":i:v", long_options)) != -1) {
        switch (option) {
        case 'i':
            c->identities.paths[c->identities.count++] = optarg;
            break;
        case 'v':
            c->verbose = true;
            break;
        case OPTION_HELP:
            c->help = true;
            return 0;
        default:
            options_error(argv, option);
            return -1;
        }
    }
    if (parts_take(&c->parts, argc, argv) != 0)
        return -1;
    return identity_files_check(&c->identities, c->parts.paths[0]);
}

/* The answer is printed only once the whole drop is known to be good. */
struct answer {
    struct buf text;
    bool failed; /* out of memory */
};

static void add_block(void *self, const struct toc_entry *entry,
                      const struct archive_block_sum *sum)
{
    struct answer *a = self;

    if (blocks_add(&a->text, entry, sum, true) != 0)
        a->failed = true;
}

static int add_result(struct answer *a, const char *name, const struct archive_checked *checked)
{
    if (buf_add_visible(&a->text, name) != 0 ||
        buf_printf(&a->text, " is whole: %" PRIu64 " tables, %" PRIu64 " rows, %" PRIu64 " bytes, ",
                   checked->tables, checked->rows, checked->bytes) != 0)
        return -1;
    if (checked->structure_only)
        return buf_add_text(&a->text, "no chunk records: only its structure was checked\n");
    return buf_printf(&a->text, "%" PRIu64 " chunk records\n", checked->chunks);
}

static int check(const struct verify_command *c, struct drop *drop)
{
    struct answer a = {0};
    const struct archive_check_observer observer = {.block = add_block, .self = &a};
    struct archive_checked checked;
    int rc = c->verbose ? blocks_add_heading(&a.text, true) : 0;

    if (rc == 0 && archive_check(drop->archive, c->verbose ? &observer : NULL, &checked) != 0)
        rc = error_add_context("%s", drop->parts->name);
    if (rc == 0 && a.failed)
        rc = error_set("out of memory");
    if (rc == 0)
        rc = add_result(&a, drop->parts->name, &checked);
    if (rc == 0)
        rc = io_print(a.text.data, a.text.len);
    buf_free(&a.text);
    return rc;
}

static int run(struct verify_command *c)
{
    struct drop drop;
    int rc = drop_open(&drop, &c->parts);

    if (rc == 0)
        rc = drop_unlock(&drop, &c->identities);
    if (rc == 0)
        rc = check(c, &drop);
    drop_close(&drop);
    return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_command c = {0};
    int code = EXIT_USAGE;

    if (identity_files_init(&c.identities, argc) == 0 && read_options(&c, argc, argv) == 0)
        code = c.help ? options_help(help) : run(&c);
    identity_files_free(&c.identities);
    parts_free(&c.parts);
    return code;
}
