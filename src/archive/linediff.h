/*
 * Which lines only one of two definitions has: enough to see what differs, also where much moved.
 */
#ifndef ARCHIVE_LINEDIFF_H
#define ARCHIVE_LINEDIFF_H

#include "base/buf.h"

/* Adds "drop: LINE" for each line that only the first text has, and "database: LINE" for each that
 * only the other one has, up to 10 of each; blanks around a line and a comma at its end do not
 * count. Where both have the same lines in another order that is said. Adds nothing for equal
 * texts. NULL is an empty text. Returns 0, or -1 with the error set. */
int linediff_add(struct buf *b, const char *drop, const char *database);

#endif
