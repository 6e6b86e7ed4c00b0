/*
 * Which lines only one of two definitions has: enough to see what differs, also where much moved.
 */
#ifndef ARCHIVE_LINEDIFF_H
#define ARCHIVE_LINEDIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Beyond so many lines it is only said that they differ, and nothing where some are left out. */
#define LINEDIFF_MOST_LINES 1000

/* Whether a line is to be left out. */
typedef bool linediff_skip(const char *line, size_t len);

/* Adds "drop: LINE" for each line that only the first text has, and "database: LINE" for each that
 * only the other one has, up to 10 of each; blanks around a line and a comma at its end do not
 * count. Where both have the same lines in another order that is said, if no line was left out.
 * Adds nothing for equal texts. NULL is an empty text. `skip` may be NULL. Returns 0, or -1 with
 * the error set. */
int linediff_add(struct buf *b, const char *drop, const char *database, linediff_skip *skip);

#endif
