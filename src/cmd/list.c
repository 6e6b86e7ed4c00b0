#include <inttypes.h>
#include <stdbool.h>

#include "age/header.h"
#include "archive/copy.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/blocks.h"
#include "cmd/command.h"
#include "cmd/drop_command.h"
#include "cmd/passphrase.h"

static const char help[] =
    "usage: dynodrop list [-i IDENTITY]... DROP [PART...]\n"
    "\n"
    "Shows whom a drop (- is standard input) is encrypted to and its size; with an identity or a\n"
    "passphrase that opens it also what is in it: tables, rows, bytes. It reads and checks the "
    "drop\n"
    "to its end.\n"
    "\n"
    "One that came in parts (NAME.001, NAME.002 ...) is named by all of them, in any order, or "
    "by\n"
    "the first alone.\n"
    "\n"
    "  -i, --identity FILE  the identity that opens it, itself encrypted or not; - is standard\n"
    "                       input; repeat: any of them may be the one [DYNODROP_IDENTITY, else\n"
    "                       ~/.config/dynodrop/identity.txt; else nothing inside is shown]\n"
    "      --help           show this\n"
    "\n"
    "The passphrase of a drop, or of an identity that has one, is asked for at the terminal "
    "unless\n"
    "DYNODROP_PASSPHRASE holds it.\n";

static const struct option long_options[] = {
    DROP_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* The answer is printed only once the whole drop is known to be good. */
struct listing {
    struct buf program; /* that wrote it, where it is told */
    struct buf blocks;
    struct archive_block_sum totals;
    uint64_t tables;
    bool failed; /* out of memory */
};

static void note_program(void *self, const struct archive_preamble *preamble)
{
    struct listing *l = self;

    if (buf_add_visible(&l->program, preamble->program) != 0)
        l->failed = true;
}

static void list_block(void *self, const struct toc_entry *entry, const struct archive_count *count)
{
    struct listing *l = self;
    const struct archive_block_sum sum = {.rows = count->rows + count->large_objects,
                                          .bytes = count->bytes};

    if (blocks_add(&l->blocks, entry, &sum, false) != 0)
        l->failed = true;
    l->tables += toc_entry_is(entry, "TABLE DATA");
    l->totals.rows += count->rows;
    l->totals.bytes += count->bytes;
}

/* "before NAME", where the archive has that name. */
static int add_label(struct buf *b, const char *before, const char *name)
{
    if (buf_add_text(b, before) != 0)
        return -1;
    return buf_add_visible(b, name != NULL ? name : "?");
}

static int add_heading(struct buf *b, const struct listing *l, struct drop *drop)
{
    const struct archive_header *h = archive_reader_header(drop->archive);
    char recipients[200];

    age_header_describe(drop->header, recipients, sizeof(recipients));
    if (buf_add_visible(b, drop->parts->name) != 0 || buf_printf(b, ", %s\n", recipients) != 0 ||
        add_label(b, "database ", h->database) != 0 ||
        add_label(b, ", server ", h->server_version) != 0 ||
        add_label(b, ", pg_dump ", h->pg_dump_version) != 0 ||
        buf_printf(b, ", archive version 1.%d", h->minor) != 0)
        return -1;
    if (l->program.len > 0 && buf_printf(b, ", by %s", l->program.data) != 0)
        return -1;
    return buf_add_text(b, "\n\n");
}

static int print_listing(const struct listing *l, struct drop *drop)
{
    struct buf text = {0};
    int rc = add_heading(&text, l, drop);

    if (rc == 0)
        rc = blocks_add_heading(&text, false);
    if (rc == 0)
        rc = buf_add(&text, l->blocks.data, l->blocks.len);
    if (rc == 0)
        rc = buf_printf(&text, "%15" PRIu64 " %15" PRIu64 "  in %" PRIu64 " tables\n",
                        l->totals.rows, l->totals.bytes, l->tables);
    if (rc == 0)
        rc = io_print(text.data, text.len);
    buf_free(&text);
    return rc;
}

static int list_contents(struct drop *drop)
{
    struct listing l = {0};
    const struct archive_observer observer = {
        .preamble = note_program, .counted = list_block, .self = &l};
    int rc = 0;

    if (archive_copy(drop->archive, NULL, &observer) != 0)
        rc = error_add_context("%s", drop->parts->name);
    else if (l.failed)
        rc = error_set("out of memory");
    else
        rc = print_listing(&l, drop);
    buf_free(&l.program);
    buf_free(&l.blocks);
    return rc;
}

static int describe(struct drop *drop)
{
    struct buf text = {0};
    char recipients[200];
    uint64_t bytes;
    int rc;

    age_header_describe(drop->header, recipients, sizeof(recipients));
    if (drop_measure(drop, &bytes) != 0)
        return -1;
    rc = buf_add_visible(&text, drop->parts->name);
    if (rc == 0)
        rc = buf_printf(&text, ", %s, %" PRIu64 " bytes\n", recipients, bytes);
    if (rc == 0)
        rc = io_print(text.data, text.len);
    buf_free(&text);
    return rc;
}

static bool can_unlock(const struct drop *drop, const struct identity_files *files)
{
    return drop_has_passphrase(drop) ? passphrase_is_to_be_had() : identity_is_there(files);
}

static int run(void *self, struct drop *drop, const struct identity_files *identities)
{
    (void)self;
    if (!can_unlock(drop, identities))
        return describe(drop);
    return drop_unlock(drop, identities) == 0 ? list_contents(drop) : -1;
}

int cmd_list(int argc, char **argv)
{
    const struct drop_command command = {
        .help = help, .letters = ":i:", .options = long_options, .work = run};

    return drop_command_run(&command, argc, argv);
}
