#include "archive/rows.h"

#include <string.h>

static const char rows_end[] = "\n" ARCHIVE_ROWS_END;

_Static_assert(sizeof(rows_end) - 1 == ROWS_TAIL, "the tail is as long as what it may be");

void row_count_begin(struct row_count *c)
{
    *c = (struct row_count){.tail = {[ROWS_TAIL - 1] = '\n'}}; /* a line begins */
}

void row_count_add(struct row_count *c, const char *data, size_t len)
{
    size_t keep = len < ROWS_TAIL ? ROWS_TAIL - len : 0;
    size_t fresh = ROWS_TAIL - keep;

    for (const char *at = data; (at = memchr(at, '\n', (size_t)(data + len - at))) != NULL; at++)
        c->lines++;
    memmove(c->tail, c->tail + ROWS_TAIL - keep, keep);
    memcpy(c->tail + keep, data + len - fresh, fresh);
}

uint64_t row_count_rows(const struct row_count *c)
{
    return memcmp(c->tail, rows_end, ROWS_TAIL) == 0 ? c->lines - 3 : c->lines;
}
