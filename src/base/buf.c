#include "base/buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int buf_reserve(struct buf *b, size_t more)
{
    size_t size = b->size < 256 ? 256 : b->size;
    char *data;

    if (b->size - b->len > more)
        return 0;
    while (size - b->len <= more)
        size *= 2;
    data = malloc(size);
    if (data == NULL)
        return error_set("out of memory (%zu bytes asked for)", size);
    /* Not realloc(): what it leaves behind could be a secret. */
    if (b->data != NULL) {
        memcpy(data, b->data, b->len);
        sodium_memzero(b->data, b->size);
        free(b->data);
    }
    data[b->len] = '\0';
    b->data = data;
    b->size = size;
    return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
    if (buf_reserve(b, len) != 0)
        return -1;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return 0;
}

int buf_add_text(struct buf *b, const char *text)
{
    return buf_add(b, text, strlen(text));
}

/* How many bytes of UTF-8 the control character takes that the text begins with; 0 for none. Those
 * above ASCII are U+0080 to U+009F. */
static size_t control_len(const char *text)
{
    unsigned char first = (unsigned char)text[0], second = (unsigned char)text[first != '\0'];

    if (first < ' ' || first == 0x7f)
        return 1;
    return first == 0xc2 && second >= 0x80 && second <= 0x9f ? 2 : 0;
}

int buf_add_visible(struct buf *b, const char *text)
{
    while (*text != '\0') {
        size_t control = control_len(text);

        if (control == 0 && buf_add(b, text++, 1) != 0)
            return -1;
        for (; control > 0; control--)
            if (buf_printf(b, "\\x%02x", (unsigned char)*text++) != 0)
                return -1;
    }
    return 0;
}

int buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return error_set_errno("cannot format a text");
    if (buf_reserve(b, (size_t)len) != 0)
        return -1;
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
    return 0;
}

const char *buf_text(const struct buf *b)
{
    return b->data == NULL ? "" : b->data;
}

char *buf_take(struct buf *b)
{
    char *data;

    if (buf_reserve(b, 0) != 0)
        return NULL;
    data = b->data;
    *b = (struct buf){0};
    return data;
}

void buf_wipe(struct buf *b)
{
    if (b->data != NULL)
        sodium_memzero(b->data, b->size);
    buf_free(b);
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}
