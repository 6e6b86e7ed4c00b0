/*
 * Counting the rows in a table's COPY text, with pg_dump's end mark or without.
 */
#ifndef ARCHIVE_ROWS_H
#define ARCHIVE_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* What pg_dump puts behind a table's rows; none of its three lines is a row. */
#define ARCHIVE_ROWS_END "\\.\n\n\n"

/* The end mark, and before it the line end of the last row: a row may end in "\." too. */
#define ROWS_TAIL (sizeof(ARCHIVE_ROWS_END))

struct row_count {
    uint64_t lines;
    char tail[ROWS_TAIL]; /* the last bytes */
};

void row_count_begin(struct row_count *c);
/* The next len bytes, of which there are any. */
void row_count_add(struct row_count *c, const char *data, size_t len);
/* How many rows it were, when all of them were added. */
uint64_t row_count_rows(const struct row_count *c);

#endif
