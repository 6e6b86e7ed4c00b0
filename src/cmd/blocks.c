#include "cmd/blocks.h"

#include <inttypes.h>
#include <stdio.h>

static int add_columns(struct buf *b, const char *rows, const char *bytes, const char *chunks)
{
    if (buf_printf(b, "%15s %15s", rows, bytes) != 0)
        return -1;
    return chunks != NULL ? buf_printf(b, " %9s  ", chunks) : buf_add_text(b, "  ");
}

int blocks_add_heading(struct buf *b, bool chunks)
{
    if (add_columns(b, "ROWS", "BYTES", chunks ? "RECORDS" : NULL) != 0)
        return -1;
    return buf_add_text(b, "TABLE\n");
}

static int add_name(struct buf *b, const struct toc_entry *entry)
{
    if (toc_entry_is(entry, "BLOBS"))
        return buf_add_text(b, "(large objects)");
    return toc_entry_add_name(entry, b);
}

int blocks_add(struct buf *b, const struct toc_entry *entry, const struct archive_block_sum *sum,
               bool chunks)
{
    char rows[24] = "-"; /* what INSERT statements wrote is not counted */
    char bytes[24], records[24];

    if (toc_entry_is(entry, "BLOBS") || toc_entry_is_copied_rows(entry))
        snprintf(rows, sizeof(rows), "%" PRIu64, sum->rows);
    snprintf(bytes, sizeof(bytes), "%" PRIu64, sum->bytes);
    snprintf(records, sizeof(records), "%" PRIu64, sum->chunks);
    if (add_columns(b, rows, bytes, chunks ? records : NULL) != 0 || add_name(b, entry) != 0)
        return -1;
    return buf_add_text(b, "\n");
}
