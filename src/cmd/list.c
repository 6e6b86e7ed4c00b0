#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "age/header.h"
#include "archive/copy.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "cmd/command.h"
#include "cmd/drop.h"
#include "cmd/identity.h"
#include "cmd/options.h"

static const char help[] =
    "usage: dynodrop list [-i IDENTITY] DROP\n"
    "\n"
    "Shows whom a drop (- is standard input) is encrypted to and its size; with an identity that\n"
    "opens it also what is in it: tables, rows, bytes. It reads and checks the drop to its end.\n"
    "\n"
    "  -i, --identity FILE  the identity that opens it [DYNODROP_IDENTITY, else\n"
    "                       ~/.config/dynodrop/identity.txt; else nothing inside is shown]\n"
    "      --help           show this\n";

enum { OPTION_HELP = 256 };

static const struct option long_options[] = {
    {"identity", required_argument, NULL, 'i'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct totals {
    uint64_t tables;
    uint64_t rows;
    uint64_t bytes;
};

/* The answer is printed only once the whole drop is known to be good. */
struct listing {
    struct buf text;
    struct totals totals;
    bool failed; /* out of memory */
};

/* Names come from the database: what a terminal would obey is shown as \xNN. */
static int add_name(struct buf *b, const char *name)
{
    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;
        int rc = c < ' ' || c == 0x7f ? buf_printf(b, "\\x%02x", c) : buf_add(b, name, 1);

        if (rc != 0)
            return -1;
    }
    return 0;
}

static int add_line(struct buf *b, const char *rows, uint64_t bytes, const char *schema,
                    const char *name)
{
    if (buf_printf(b, "%15s %15" PRIu64 "  ", rows, bytes) != 0)
        return -1;
    if (schema != NULL && *schema != '\0' && (add_name(b, schema) != 0 || buf_add(b, ".", 1) != 0))
        return -1;
    return add_name(b, name) != 0 ? -1 : buf_add(b, "\n", 1);
}

static void list_block(void *self, const struct toc_entry *entry, const struct archive_count *count)
{
    struct listing *l = self;
    bool objects = toc_entry_is(entry, "BLOBS");
    char number[24] = "-"; /* rows written as INSERT statements are not counted */
    const char *name = entry->tag != NULL ? entry->tag : "";

    if (objects || toc_entry_is_copied_rows(entry))
        snprintf(number, sizeof(number), "%" PRIu64, objects ? count->large_objects : count->rows);
    if (objects)
        name = "(large objects)";
    if (add_line(&l->text, number, count->bytes, objects ? NULL : entry->schema, name) != 0)
        l->failed = true;
    l->totals.tables += toc_entry_is(entry, "TABLE DATA");
    l->totals.rows += count->rows;
    l->totals.bytes += count->bytes;
}

/* "before NAME", where the archive has that name. */
static int add_label(struct buf *b, const char *before, const char *name)
{
    if (buf_add_text(b, before) != 0)
        return -1;
    return add_name(b, name != NULL ? name : "?");
}

static int add_heading(struct listing *l, struct drop *drop)
{
    const struct archive_header *h = archive_reader_header(drop->archive);
    char recipients[200];

    age_header_describe(age_unseal_header(drop->unseal), recipients, sizeof(recipients));
    if (buf_printf(&l->text, "%s, %s\n", drop->file.name, recipients) != 0 ||
        add_label(&l->text, "database ", h->database) != 0 ||
        add_label(&l->text, ", server ", h->server_version) != 0 ||
        add_label(&l->text, ", pg_dump ", h->pg_dump_version) != 0)
        return -1;
    return buf_printf(&l->text, ", archive version 1.%d\n\n%15s %15s  %s\n", h->minor, "ROWS",
                      "BYTES", "TABLE");
}

static int list_contents(struct drop *drop)
{
    struct listing l = {0};
    const struct archive_observer observer = {.counted = list_block, .self = &l};
    int rc = add_heading(&l, drop);

    if (rc == 0 && archive_copy(drop->archive, NULL, &observer) != 0)
        rc = error_add_context("%s", drop->file.name);
    if (rc == 0 && l.failed)
        rc = error_set("out of memory");
    if (rc == 0)
        rc = buf_printf(&l.text, "%15" PRIu64 " %15" PRIu64 "  in %" PRIu64 " tables\n",
                        l.totals.rows, l.totals.bytes, l.totals.tables);
    if (rc == 0)
        rc = io_print(l.text.data, l.text.len);
    buf_free(&l.text);
    return rc;
}

/* The size of what follows the header; standard input must be read for that. */
static int measure(struct io_file *file, uint64_t *bytes)
{
    struct reader in = io_reader(file);
    char buffer[64 * 1024];
    ssize_t n;

    while ((n = in.read(in.self, buffer, sizeof(buffer))) > 0)
        *bytes += (uint64_t)n;
    return n < 0 ? -1 : 0;
}

static int describe(const char *path)
{
    struct io_file file;
    struct age_header *header;
    struct buf text = {0};
    struct reader in;
    char recipients[200];
    uint64_t bytes = 0;
    int rc = -1;

    if (io_open(&file, path) != 0)
        return -1;
    in = io_reader(&file);
    header = age_header_read(&in);
    if (header == NULL)
        error_add_context("%s", file.name);
    if (header != NULL && measure(&file, &bytes) == 0) {
        bytes += header->len;
        age_header_describe(header, recipients, sizeof(recipients));
        rc = buf_printf(&text, "%s, %s, %" PRIu64 " bytes\n", file.name, recipients, bytes);
        if (rc == 0)
            rc = io_print(text.data, text.len);
    }
    buf_free(&text);
    age_header_free(header);
    io_close(&file);
    return rc;
}

static int run(const char *identity, const char *path)
{
    struct age_identities identities = {0};
    struct drop drop;
    int rc;

    if (identity_read(&identities, identity, true) != 0)
        return -1;
    if (identities.count == 0)
        return describe(path);
    rc = drop_open(&drop, path, &identities);
    age_identities_clear(&identities);
    if (rc == 0)
        rc = list_contents(&drop);
    drop_close(&drop);
    return rc;
}

int cmd_list(int argc, char **argv)
{
    const char *identity = NULL;
    int option;

    while ((option = options_next(argc, argv, ":i:", long_options)) != -1) {
        switch (option) {
        case 'i':
            identity = optarg;
            break;
        case OPTION_HELP:
            return options_help(help);
        default:
            return options_error(argv, option);
        }
    }
    if (optind + 1 != argc) {
        error_set("list takes one drop; see dynodrop list --help");
        return EXIT_USAGE;
    }
    return run(identity, argv[optind]) == 0 ? EXIT_DONE : EXIT_FAILED;
}
