#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/copy.h"
#include "archive/downgrade.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/command.h"
#include "cmd/drop_command.h"
#include "cmd/options.h"
#include "sink/partial.h"

/* Only reached where a drop has plain pieces, which none of ours has: any level would do. */
#define LEVEL 3

static const char help[] =
    "usage: dynodrop open [-i IDENTITY]... [-o FILE] [--pg N] [--no-compress] DROP [PART...]\n"
    "\n"
    "Turns a drop (- is standard input) into the archive that pg_restore reads:\n"
    "dynodrop open DROP | pg_restore -d DATABASE\n"
    "\n"
    "One that came in parts (NAME.001, NAME.002 ...) is named by all of them, in any order, or "
    "by\n"
    "the first alone.\n"
    "\n"
    "  -i, --identity FILE  the identity that opens it, itself encrypted or not; - is standard\n"
    "                       input; repeat: any of them may be the one [DYNODROP_IDENTITY, else\n"
    "                       ~/.config/dynodrop/identity.txt]\n"
    "  -o, --output FILE    write the archive, which is not encrypted, to a file; it appears when "
    "it\n"
    "                       is whole; else to standard output\n"
    "      --pg N           rewrite it to what pg_restore of PostgreSQL N reads\n"
    "      --no-compress    leave the rows uncompressed, for a pg_restore built without zstd\n"
    "      --help           show this\n"
    "\n"
    "The passphrase of a drop, or of an identity that has one, is asked for at the terminal "
    "unless\n"
    "DYNODROP_PASSPHRASE holds it.\n";

enum { OPTION_PG = DROP_OPTION_OWN, OPTION_NO_COMPRESS };

static const struct option long_options[] = {
    DROP_OPTIONS,
    {"output", required_argument, NULL, 'o'},
    {"pg", required_argument, NULL, OPTION_PG},
    {"no-compress", no_argument, NULL, OPTION_NO_COMPRESS},
    {NULL, 0, NULL, 0},
};

struct open_command {
    const char *output; /* NULL: standard output */
    int archive_minor;  /* the newest archive version wanted, 1.N */
    bool no_compress;
};

static int choose_version(struct open_command *c, const char *text)
{
    int pg;

    if (options_number(text, "the version of PostgreSQL", 1, 99, &pg) != 0)
        return -1;
    c->archive_minor = archive_minor_for_pg(pg);
    return c->archive_minor < 0 ? -1 : 0;
}

static int take_option(void *self, int option)
{
    struct open_command *c = self;

    if (option == OPTION_PG)
        return choose_version(c, optarg);
    if (option == 'o')
        c->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
    else
        c->no_compress = true;
    return 0;
}

static int check_output(void *self, const struct parts *parts)
{
    const struct open_command *c = self;

    (void)parts;
    if (c->output == NULL && isatty(STDOUT_FILENO))
        return error_set("an archive is not written to a terminal: give -o FILE, or send it to "
                         "pg_restore");
    return 0;
}

/* Where the archive goes. */
struct output {
    struct partial *partial; /* or, where it is NULL, */
    struct io_file standard_output;
    bool seekable;
};

static int output_open(struct output *o, const char *path)
{
    struct stat st;
    int flags;

    *o = (struct output){.standard_output = {.fd = STDOUT_FILENO, .name = "standard output"}};
    if (path != NULL) {
        o->partial = partial_create(path);
        o->seekable = true;
        return o->partial != NULL ? 0 : -1;
    }
    /* A file that a shell opened with > is as good as one of ours, one opened with >> is not. */
    flags = fcntl(STDOUT_FILENO, F_GETFL);
    o->seekable = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && flags >= 0 &&
                  (flags & O_APPEND) == 0 && lseek(STDOUT_FILENO, 0, SEEK_CUR) == 0;
    return 0;
}

static struct writer output_writer(struct output *o)
{
    return o->partial != NULL ? partial_writer(o->partial) : io_writer(&o->standard_output);
}

static int output_seek(struct output *o, uint64_t position)
{
    if (o->partial != NULL)
        return partial_seek(o->partial, position);
    if (lseek(STDOUT_FILENO, (off_t)position, SEEK_SET) < 0)
        return error_set_errno("cannot go back in standard output");
    return 0;
}

/* The archive's header in the version and the compression that are wanted; `toc` becomes the
 * same version's. */
static int choose_form(const struct open_command *c, struct archive_header *header, struct toc *toc)
{
    if (archive_downgrade(header, toc, c->archive_minor) != 0)
        return -1;
    if (c->no_compress || header->minor < ARCHIVE_MINOR_ZSTD)
        header->compression = ARCHIVE_PLAIN;
    return 0;
}

static int copy_archive(struct archive_reader *reader, const struct archive_header *form,
                        struct output *out)
{
    struct archive_writer *writer =
        archive_writer_new(output_writer(out), form, archive_reader_toc(reader), LEVEL);
    int rc;

    if (writer == NULL)
        return -1;
    if (form->compression == archive_reader_header(reader)->compression)
        rc = archive_copy_pieces(reader, writer);
    else
        rc = archive_copy(reader, writer, NULL);
    /* With the blocks' places in it, pg_restore seeks instead of searching. */
    if (rc == 0 && out->seekable) {
        rc = output_seek(out, archive_writer_toc_position(writer));
        if (rc == 0)
            rc = archive_writer_put_toc(writer, output_writer(out));
    }
    archive_writer_free(writer);
    return rc;
}

static int convert(const struct open_command *c, struct drop *drop)
{
    struct archive_header form = *archive_reader_header(drop->archive);
    struct output out;
    int rc;

    if (choose_form(c, &form, archive_reader_toc(drop->archive)) != 0)
        return error_add_context("%s", drop->parts->name);
    if (output_open(&out, c->output) != 0)
        return -1;
    rc = copy_archive(drop->archive, &form, &out);
    if (rc == 0 && out.partial != NULL)
        rc = partial_commit(out.partial);
    partial_free(out.partial);
    return rc;
}

static int run(void *self, struct drop *drop, const struct identity_files *identities)
{
    return drop_unlock(drop, identities) == 0 ? convert(self, drop) : -1;
}

int cmd_open(int argc, char **argv)
{
    struct open_command c = {.archive_minor = ARCHIVE_MINOR_NEWEST};
    const struct drop_command command = {.help = help,
                                         .letters = ":i:o:",
                                         .options = long_options,
                                         .take = take_option,
                                         .check = check_output,
                                         .work = run,
                                         .self = &c};

    return drop_command_run(&command, argc, argv);
}
