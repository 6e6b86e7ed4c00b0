/*
 * A growing array of bytes, always followed by a NUL byte that does not count, so that text in it
 * is a C string. Start with `struct buf b = {0};`, end with buf_free().
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
    char *data; /* NULL until something was added */
    size_t len;
    size_t size;
};

/* Makes room for more bytes behind len. Returns 0, or -1 with the error set (no memory). */
int buf_reserve(struct buf *b, size_t more);

/* Append; return 0, or -1 with the error set and the contents as they were. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_text(struct buf *b, const char *text);
/* The text with what a terminal would obey, control characters, as \xNN. */
int buf_add_visible(struct buf *b, const char *text);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The contents as a string, "" where nothing was added. Owned by the buffer. */
const char *buf_text(const struct buf *b);

/* Hands the contents over as a string that the caller frees, and empties the buffer. NULL with the
 * error set where there is no memory. */
char *buf_take(struct buf *b);

/* Overwrites the contents, for secrets, and frees them. */
void buf_wipe(struct buf *b);

void buf_free(struct buf *b);

#endif
