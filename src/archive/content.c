#include "archive/content.h"

#include <string.h>

void content_begin_text(struct content *c, const unsigned char key[SETHASH_KEY_SIZE],
                        struct sethash *set)
{
    *c = (struct content){.key = key, .set = set};
}

void content_begin_object(struct content *c, const unsigned char key[SETHASH_KEY_SIZE],
                          unsigned oid, struct sethash *set)
{
    *c = (struct content){.key = key, .set = set, .is_object = true, .in_row = true};
    sethash_row_begin(&c->row, key);
    sethash_row_put(&c->row, &oid, sizeof(oid));
}

static void add_line(struct content *c, const char *data, size_t len, bool ends)
{
    c->lines += ends;
    if (ends && !c->in_row) {
        sethash_add(c->set, c->key, data, len);
        return;
    }
    if (!c->in_row)
        sethash_row_begin(&c->row, c->key);
    sethash_row_put(&c->row, data, len);
    c->in_row = !ends;
    if (ends)
        sethash_row_end(&c->row, c->set);
}

void content_add(struct content *c, const char *data, size_t len)
{
    const char *end = data + len;

    if (c->is_object) {
        sethash_row_put(&c->row, data, len);
        return;
    }
    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        const size_t part = (size_t)((newline != NULL ? newline : end) - data);

        add_line(c, data, part, newline != NULL);
        data += part + (newline != NULL);
    }
}

void content_end(struct content *c)
{
    if (c->in_row)
        sethash_row_end(&c->row, c->set);
    c->in_row = false;
}
