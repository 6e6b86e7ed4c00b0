#include <inttypes.h>
#include <stdbool.h>

#include "archive/check.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/blocks.h"
#include "cmd/command.h"
#include "cmd/drop_command.h"

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

static const struct option long_options[] = {
    DROP_OPTIONS,
    {"verbose", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

struct verify_command {
    bool verbose;
};

static int take_option(void *self, int option)
{
    struct verify_command *c = self;

    c->verbose = option == 'v';
    return 0;
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

static int run(void *self, struct drop *drop, const struct identity_files *identities)
{
    return drop_unlock(drop, identities) == 0 ? check(self, drop) : -1;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_command c = {0};
    const struct drop_command command = {.help = help,
                                         .letters = ":i:v",
                                         .options = long_options,
                                         .take = take_option,
                                         .work = run,
                                         .self = &c};

    return drop_command_run(&command, argc, argv);
}
