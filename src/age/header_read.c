#include "age/header.h"
#include "age/header_layout.h"
#include "age/init.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const struct reader *in;
    struct age_header *header;
    size_t line_number;
    const char *line; /* the line last read, without its newline; inside header->text */
    size_t line_len;
};

static bool begins_with(const char *text, size_t len, const char *prefix)
{
    return len >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

static int truncated(size_t at)
{
    return error_set("the drop is truncated: it ends at byte %zu, inside its header", at);
}

/* Says what a file is that does not begin with the version line. */
static int refuse_beginning(const char *text, size_t len)
{
    if (len == 0)
        return error_set("not an age file: it is empty");
    if (begins_with(text, len, "PGDMP"))
        return error_set("not an age file: it is a pg_dump archive that is not encrypted");
    if (begins_with(text, len, "-----BEGIN AGE"))
        return error_set("not a binary age file: it is ASCII-armored");
    if (memcmp(text, VERSION_LINE, len) == 0)
        return truncated(len);
    if (begins_with(text, len, "age-encryption.org/v1\r"))
        return error_set("not an age file any more: its line ends were converted to CRLF");
    if (begins_with(text, len, "age-encryption.org/"))
        return error_set("not an age v1 file: it is of another version of the format");
    return error_set("not an age file: it does not begin with \"age-encryption.org/v1\"");
}

static int read_version(struct parser *parser)
{
    struct age_header *header = parser->header;
    ssize_t len = reader_fill(parser->in, header->text, strlen(VERSION_LINE));

    if (len < 0)
        return -1;
    if (!begins_with(header->text, (size_t)len, VERSION_LINE))
        return refuse_beginning(header->text, (size_t)len);
    header->len = (size_t)len;
    parser->line_number = 1;
    return 0;
}

/*
 * Reads the next line. One byte at a time, so that the reader stands at the payload when the header
 * has been read; that costs nothing one could measure in the few hundred bytes that a header has.
 */
static int read_line(struct parser *parser)
{
    struct age_header *header = parser->header;
    size_t start = header->len;
    char *byte;

    do {
        ssize_t got;

        if (header->len == AGE_HEADER_MAX)
            return error_set("not an age file, or not a usual one: its header is longer than %d "
                             "bytes",
                             AGE_HEADER_MAX);
        byte = &header->text[header->len];
        got = parser->in->read(parser->in->self, byte, 1);
        if (got < 0)
            return -1;
        if (got == 0)
            return truncated(header->len);
        header->len++;
    } while (*byte != '\n');

    parser->line = header->text + start;
    parser->line_len = header->len - start - 1;
    parser->line_number++;
    return 0;
}

static int malformed(const struct parser *parser, const char *what)
{
    return error_set("malformed age header: line %zu %s", parser->line_number, what);
}

/* Reads the lines of a body, until one that is shorter than the others. */
static int read_body(struct parser *parser, struct age_stanza *stanza)
{
    unsigned char bytes[BODY_LINE_BYTES];
    size_t len;

    do {
        if (read_line(parser) < 0)
            return -1;
        if (parser->line_len > BODY_LINE_CHARS)
            return malformed(parser, "is longer than 64 characters");
        if (base64_decode(bytes, sizeof(bytes), parser->line, parser->line_len, &len) != 0)
            return malformed(parser, "is not canonical base64");
        if (age_stanza_add_body(stanza, bytes, len) < 0)
            return -1;
    } while (parser->line_len == BODY_LINE_CHARS);
    return 0;
}

/* Makes room for one more stanza; the room doubles each time it is full. */
static struct age_stanza *add_stanza(struct age_header *header)
{
    bool full = (header->count & (header->count - 1)) == 0;

    if (full) {
        size_t room = header->count == 0 ? 1 : 2 * header->count;
        struct age_stanza *more = realloc(header->stanzas, room * sizeof(*more));

        if (more == NULL) {
            error_set("out of memory");
            return NULL;
        }
        header->stanzas = more;
    }
    return &header->stanzas[header->count];
}

static int read_stanza(struct parser *parser)
{
    const size_t skip = strlen(STANZA_PREFIX);
    struct age_stanza *stanza = add_stanza(parser->header);

    if (stanza == NULL)
        return -1;
    if (age_stanza_set_line(stanza, parser->line + skip, parser->line_len - skip) < 0)
        return error_add_context("malformed age header: line %zu", parser->line_number);
    parser->header->count++;
    return read_body(parser, stanza);
}

static int parse_closing_line(struct parser *parser)
{
    const size_t skip = strlen(CLOSING_PREFIX " ");
    size_t len;

    if (!begins_with(parser->line, parser->line_len, CLOSING_PREFIX " ") ||
        base64_decode(parser->header->mac, AGE_MAC_SIZE, parser->line + skip,
                      parser->line_len - skip, &len) != 0 ||
        len != AGE_MAC_SIZE)
        return malformed(parser, "is not \"---\" and a MAC of 32 bytes in base64");
    return 0;
}

/* A passphrase stands alone: only then must whoever made the file have known it. */
static int check_stanzas(const struct age_header *header)
{
    if (header->count == 0)
        return error_set("malformed age header: it has no stanza");
    for (size_t i = 0; i < header->count && header->count > 1; i++) {
        if (strcmp(header->stanzas[i].kind, "scrypt") == 0)
            return error_set("malformed age header: it mixes a passphrase with other recipients");
    }
    return 0;
}

static int parse(struct parser *parser)
{
    if (read_version(parser) < 0)
        return -1;
    for (;;) {
        if (read_line(parser) < 0)
            return -1;
        if (begins_with(parser->line, parser->line_len, CLOSING_PREFIX))
            break;
        if (!begins_with(parser->line, parser->line_len, STANZA_PREFIX))
            return malformed(parser, "begins neither a stanza (\"-> \") nor the end (\"---\")");
        if (read_stanza(parser) < 0)
            return -1;
    }
    if (parse_closing_line(parser) < 0)
        return -1;
    return check_stanzas(parser->header);
}

struct age_header *age_header_read(const struct reader *in)
{
    struct age_header *header = NULL;
    struct parser parser = {.in = in};

    if (age_init() < 0)
        return NULL;
    header = calloc(1, sizeof(*header));
    if (header != NULL)
        header->text = malloc(AGE_HEADER_MAX);
    if (header == NULL || header->text == NULL) {
        error_set("out of memory");
        goto err;
    }
    parser.header = header;
    if (parse(&parser) < 0)
        goto err;
    return header;

err:
    age_header_free(header);
    return NULL;
}
