#include "archive/wire.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* A string longer than this is read in steps that grow, so that a wrong length costs no memory; a
 * shorter one takes just its size, as a table of contents has many thousands. */
#define STRING_STEP (64 * 1024)

void wire_in_init(struct wire_in *in, struct reader source)
{
    in->source = source;
    in->pos = in->at = in->end = 0;
}

/* Returns how many bytes are in the buffer, 0 at the end, -1 with the error set. */
static ssize_t refill(struct wire_in *in)
{
    ssize_t n;

    if (in->at < in->end)
        return (ssize_t)(in->end - in->at);
    n = in->source.read(in->source.self, in->buffer, sizeof(in->buffer));
    in->at = 0;
    in->end = n > 0 ? (size_t)n : 0;
    return n;
}

ssize_t wire_get_some(struct wire_in *in, void *buf, size_t len)
{
    ssize_t n = refill(in);

    if (n <= 0)
        return n;
    if ((size_t)n < len)
        len = (size_t)n;
    memcpy(buf, in->buffer + in->at, len);
    in->at += len;
    in->pos += len;
    return (ssize_t)len;
}

int wire_at_end(struct wire_in *in)
{
    ssize_t n = refill(in);

    return n < 0 ? -1 : n == 0;
}

int wire_get_bytes(struct wire_in *in, void *buf, size_t len)
{
    while (len > 0) {
        ssize_t n = wire_get_some(in, buf, len);

        if (n < 0)
            return -1;
        if (n == 0)
            return error_set("the archive ends in the middle, at byte %llu",
                             (unsigned long long)in->pos);
        buf = (char *)buf + n;
        len -= (size_t)n;
    }
    return 0;
}

int wire_get_byte(struct wire_in *in, unsigned char *byte)
{
    return wire_get_bytes(in, byte, 1);
}

int wire_get_int(struct wire_in *in, int *value)
{
    unsigned char raw[5];
    uint32_t magnitude;

    if (wire_get_bytes(in, raw, sizeof(raw)) != 0)
        return -1;
    magnitude =
        (uint32_t)raw[1] | (uint32_t)raw[2] << 8 | (uint32_t)raw[3] << 16 | (uint32_t)raw[4] << 24;
    /* Object ids are unsigned and written as they are: the bits are what counts. */
    *value = (int)(raw[0] != 0 ? 0 - magnitude : magnitude);
    return 0;
}

int wire_get_string(struct wire_in *in, char **text)
{
    size_t got = 0;
    char *data = NULL;
    int len;

    *text = NULL;
    if (wire_get_int(in, &len) != 0)
        return -1;
    if (len < 0)
        return 0;
    do {
        size_t most = got < STRING_STEP ? STRING_STEP : got;
        size_t step = (size_t)len - got < most ? (size_t)len - got : most;
        char *grown = realloc(data, got + step + 1);

        if (grown == NULL) {
            free(data);
            return error_set("out of memory (a string of %d bytes)", len);
        }
        data = grown;
        if (wire_get_bytes(in, data + got, step) != 0) {
            free(data);
            return -1;
        }
        got += step;
    } while (got < (size_t)len);
    data[got] = '\0';
    *text = data;
    return 0;
}

int wire_copy_string(char **to, const char *text)
{
    *to = text != NULL ? strdup(text) : NULL;
    return *to != NULL || text == NULL ? 0 : error_set("out of memory for an archive's texts");
}

int wire_get_offset(struct wire_in *in, enum wire_offset_state *state, uint64_t *offset)
{
    unsigned char raw[9];

    if (wire_get_bytes(in, raw, sizeof(raw)) != 0)
        return -1;
    if (raw[0] < WIRE_OFFSET_UNKNOWN || raw[0] > WIRE_OFFSET_NO_DATA)
        return error_set("the archive's table of contents is damaged: data offset state %d",
                         raw[0]);
    *state = (enum wire_offset_state)raw[0];
    *offset = 0;
    for (int i = 8; i > 0; i--)
        *offset = *offset << 8 | raw[i];
    return 0;
}

void wire_out_init(struct wire_out *out, struct writer target)
{
    out->target = target;
    out->pos = out->len = 0;
}

int wire_flush(struct wire_out *out)
{
    size_t len = out->len;

    out->len = 0;
    return writer_put(&out->target, out->buffer, len);
}

int wire_put_bytes(struct wire_out *out, const void *data, size_t len)
{
    out->pos += len;
    if (len > sizeof(out->buffer) - out->len && wire_flush(out) != 0)
        return -1;
    if (len >= sizeof(out->buffer))
        return writer_put(&out->target, data, len);
    if (len > 0)
        memcpy(out->buffer + out->len, data, len);
    out->len += len;
    return 0;
}

int wire_put_byte(struct wire_out *out, unsigned char byte)
{
    return wire_put_bytes(out, &byte, 1);
}

int wire_put_int(struct wire_out *out, int value)
{
    uint32_t magnitude = value < 0 ? 0 - (uint32_t)value : (uint32_t)value;
    unsigned char raw[5] = {value < 0, (unsigned char)magnitude, (unsigned char)(magnitude >> 8),
                            (unsigned char)(magnitude >> 16), (unsigned char)(magnitude >> 24)};

    return wire_put_bytes(out, raw, sizeof(raw));
}

int wire_put_string(struct wire_out *out, const char *text)
{
    size_t len;

    if (text == NULL)
        return wire_put_int(out, -1);
    len = strlen(text);
    if (len > INT_MAX)
        return error_set("a string of %zu bytes does not fit into an archive", len);
    if (wire_put_int(out, (int)len) != 0)
        return -1;
    return wire_put_bytes(out, text, len);
}

int wire_put_offset(struct wire_out *out, enum wire_offset_state state, uint64_t offset)
{
    unsigned char raw[9] = {(unsigned char)state};

    for (int i = 0; i < 8; i++)
        raw[i + 1] = (unsigned char)(offset >> (8 * i));
    return wire_put_bytes(out, raw, sizeof(raw));
}
