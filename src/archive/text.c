#include "archive/text.h"

#include <string.h>

#include "base/error.h"

/* A hundred bytes for each of half a million tables. */
#define TEXT_MAX (64 * 1024 * 1024)

bool archive_text_is(const struct archive_block *block)
{
    return block->kind == ARCHIVE_BLOCK_ROWS &&
           (block->dump_id == ARCHIVE_PREAMBLE_ID || block->dump_id == ARCHIVE_SUMMARY_ID);
}

static int read_text(struct archive_decoder *d, struct buf *text)
{
    struct reader plain = archive_decoder_output(d);
    char part[4096];
    ssize_t n;

    while ((n = plain.read(plain.self, part, sizeof(part))) > 0) {
        if (text->len + (size_t)n > TEXT_MAX)
            return error_set("the archive is damaged: its preamble or summary has no end");
        if (buf_add(text, part, (size_t)n) != 0)
            return -1;
    }
    if (n == 0 && strlen(buf_text(text)) != text->len)
        return error_set("the archive is damaged: its preamble or summary is no text");
    return (int)n;
}

int archive_text_read_preamble(struct archive_decoder *d, struct archive_preamble *preamble)
{
    struct buf text = {0};
    int rc;

    *preamble = (struct archive_preamble){0};
    rc = read_text(d, &text);
    if (rc == 0)
        rc = archive_preamble_parse(preamble, buf_text(&text));
    buf_free(&text);
    return rc;
}

int archive_text_read_summary(struct archive_decoder *d, struct archive_summary *summary)
{
    struct buf text = {0};
    int rc;

    *summary = (struct archive_summary){0};
    rc = read_text(d, &text);
    if (rc == 0)
        rc = archive_summary_parse(summary, buf_text(&text));
    buf_free(&text);
    return rc;
}
