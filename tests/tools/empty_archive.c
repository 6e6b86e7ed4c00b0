/*
 * For the tests: writes the archive of a drop without any entry to standard output, whose preamble
 * has these options for pg_dump, also such as `dump` would not take.
 *
 *     empty_archive [OPTION]...
 */
#include <stdio.h>

#include "archive/summary.h"
#include "archive/writer.h"
#include "base/error.h"
#include "base/io.h"

static int put_preamble(struct archive_writer *w, char **options)
{
    struct archive_preamble preamble = {.program = "dynodrop/test"};
    struct buf words = {0}, text = {0};
    int rc = 0;

    for (; rc == 0 && *options != NULL; options++)
        rc = archive_preamble_add_option(&words, *options);
    preamble.options = words.data;
    if (rc == 0)
        rc = archive_preamble_format(&preamble, &text);
    if (rc == 0)
        rc = archive_writer_put_text_block(w, ARCHIVE_PREAMBLE_ID, text.data);
    buf_free(&words);
    buf_free(&text);
    return rc;
}

static int put_summary(struct archive_writer *w)
{
    const struct archive_summary summary = {0};
    struct buf text = {0};
    int rc = archive_summary_format(&summary, &text);

    if (rc == 0)
        rc = archive_writer_put_text_block(w, ARCHIVE_SUMMARY_ID, text.data);
    buf_free(&text);
    return rc;
}

int main(int argc, char **argv)
{
    struct io_file out = {.fd = 1, .name = "standard output"};
    const struct archive_header header = {.minor = ARCHIVE_MINOR_NEWEST,
                                          .compression = ARCHIVE_ZSTD,
                                          .database = "test",
                                          .server_version = "18",
                                          .pg_dump_version = "18"};
    struct toc toc = {0};
    struct archive_writer *w = archive_writer_new(io_writer(&out), &header, &toc, 1);
    int rc = w != NULL ? put_preamble(w, argv + 1) : -1;

    (void)argc;
    if (rc == 0)
        rc = put_summary(w);
    if (rc == 0)
        rc = archive_writer_finish(w);
    archive_writer_free(w);
    if (rc != 0)
        fprintf(stderr, "empty_archive: %s\n", error_text());
    return rc == 0 ? 0 : 1;
}
