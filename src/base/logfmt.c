#include "base/logfmt.h"

#include <stdbool.h>

static int add_key(struct buf *b, const char *key)
{
    return buf_printf(b, "%s%s=", b->len > 0 ? " " : "", key);
}

static int add_quoted(struct buf *b, const char *value)
{
    if (buf_add_text(b, "\"") != 0)
        return -1;
    for (; *value != '\0'; value++) {
        bool control = (unsigned char)*value < ' ' || *value == 0x7f;
        const char *c = control ? "?" : value;

        if ((*c == '"' || *c == '\\') && buf_add_text(b, "\\") != 0)
            return -1;
        if (buf_add(b, c, 1) != 0)
            return -1;
    }
    return buf_add_text(b, "\"");
}

int logfmt_text(struct buf *b, const char *key, const char *value)
{
    const char *at = value;

    if (add_key(b, key) != 0)
        return -1;
    while ((unsigned char)*at > ' ' && *at != '"' && *at != '\\' && *at != '=' && *at != 0x7f)
        at++;
    if (*at == '\0' && at > value)
        return buf_add_text(b, value);
    return add_quoted(b, value);
}

int logfmt_number(struct buf *b, const char *key, uint64_t value)
{
    if (add_key(b, key) != 0)
        return -1;
    return buf_printf(b, "%llu", (unsigned long long)value);
}
