/*
 * The blocks of text in a drop's archive: reading its preamble and its summary (summary.h).
 */
#ifndef ARCHIVE_TEXT_H
#define ARCHIVE_TEXT_H

#include <stdbool.h>

#include "archive/decode.h"
#include "archive/reader.h"
#include "archive/summary.h"

/* Whether the block is one of them, which no entry of the table of contents has. */
bool archive_text_is(const struct archive_block *block);

/* Read the block that the reader has stepped to, and take it apart. Return 0, or -1 with the error
 * set; what they filled in is to be freed in both cases. */
int archive_text_read_preamble(struct archive_decoder *d, struct archive_preamble *preamble);
int archive_text_read_summary(struct archive_decoder *d, struct archive_summary *summary);

#endif
