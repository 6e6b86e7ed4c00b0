#include "age/armor.h"

#include "age/base64.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_LINE "-----BEGIN AGE ENCRYPTED FILE-----"
#define END_LINE   "-----END AGE ENCRYPTED FILE-----"
#define LINE_CHARS 64
#define LINE_BYTES 48

enum state { AT_BEGIN, IN_BODY, AT_END_LINE, AT_END };

struct age_armor {
    struct reader in;
    enum state state;
    size_t line_number; /* of the line last read, from 1 */

    char line[LINE_CHARS + 1]; /* without its line end; the room for one more is that of a CR */
    size_t line_len;

    unsigned char bytes[LINE_BYTES]; /* what the line last read holds */
    size_t bytes_at;                 /* how much of it was given out */
    size_t bytes_len;

    bool in_ended;   /* in has come to its end and is not asked again */
    size_t ahead_at; /* how much of ahead was used */
    size_t ahead_len;
    char ahead[16 * 1024];
};

bool age_armor_is_blank(char c)
{
    return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

static int malformed(const struct age_armor *armor, const char *what)
{
    return error_set("malformed ASCII armor: line %zu %s", armor->line_number, what);
}

/* Returns 1 with the next character, 0 at the end of the file, or -1 with the error set. */
static int next_char(struct age_armor *armor, char *c)
{
    if (armor->ahead_at == armor->ahead_len) {
        ssize_t got = 0;

        if (!armor->in_ended)
            got = armor->in.read(armor->in.self, armor->ahead, sizeof(armor->ahead));
        armor->in_ended = got <= 0;
        if (got <= 0)
            return (int)got;
        armor->ahead_at = 0;
        armor->ahead_len = (size_t)got;
    }
    *c = armor->ahead[armor->ahead_at++];
    return 1;
}

/*
 * Reads the next line into line, without LF or CRLF; the last of a file may lack it. Returns 1, 0
 * where there is none any more, or -1 with the error set.
 */
static int read_line(struct age_armor *armor)
{
    char c = '\0';
    int got;

    armor->line_number++;
    armor->line_len = 0;
    while ((got = next_char(armor, &c)) > 0 && c != '\n') {
        if (armor->line_len == sizeof(armor->line))
            return malformed(armor, "is longer than 64 characters");
        armor->line[armor->line_len++] = c;
    }
    if (got < 0 || (got == 0 && armor->line_len == 0))
        return got;
    if (armor->line_len > 0 && armor->line[armor->line_len - 1] == '\r')
        armor->line_len--;
    return 1;
}

static bool line_is(const struct age_armor *armor, const char *text)
{
    return armor->line_len == strlen(text) && memcmp(armor->line, text, armor->line_len) == 0;
}

/*
 * Skips empty lines and lines of blanks. Returns 1 with the first character of another line, 0 at
 * the end of the file, or -1 with the error set.
 */
static int skip_blank_lines(struct age_armor *armor, char *c)
{
    bool at_line_start = true;
    int got;

    for (size_t skipped = 0; skipped <= AGE_ARMOR_BLANKS_MAX; skipped++) {
        got = next_char(armor, c);
        if (got <= 0)
            return got;
        if (!age_armor_is_blank(*c)) {
            if (at_line_start)
                return 1;
            armor->line_number++;
            return malformed(armor, "begins with a blank");
        }
        at_line_start = *c == '\n';
        if (at_line_start)
            armor->line_number++;
    }
    return error_set("malformed ASCII armor: there are more than %d blanks around it",
                     AGE_ARMOR_BLANKS_MAX);
}

static int read_begin_line(struct age_armor *armor)
{
    char first;
    int got = skip_blank_lines(armor, &first);

    if (got < 0)
        return -1;
    if (got == 0)
        return error_set("malformed ASCII armor: there is nothing but blanks");
    armor->ahead_at--;
    if (read_line(armor) < 0)
        return -1;
    if (!line_is(armor, BEGIN_LINE))
        return malformed(armor, "is not \"" BEGIN_LINE "\"");
    armor->state = IN_BODY;
    return 0;
}

/* Behind the closing line only blanks may stand. */
static int check_end(struct age_armor *armor)
{
    char c;
    int got = skip_blank_lines(armor, &c);

    if (got > 0)
        return error_set("malformed ASCII armor: there is something behind its end");
    armor->state = AT_END;
    return got;
}

/* Reads the next line of base64 into bytes, or the closing line. Returns 0, or -1. */
static int read_body_line(struct age_armor *armor)
{
    int got = read_line(armor);

    if (got < 0)
        return -1;
    if (got == 0)
        return error_set("malformed ASCII armor: it is truncated behind line %zu",
                         armor->line_number - 1);
    if (line_is(armor, END_LINE))
        return check_end(armor);
    if (armor->state == AT_END_LINE)
        return malformed(armor, "is not \"" END_LINE "\", and the line in front of it is short");
    if (armor->line_len == 0)
        return malformed(armor, "is empty");
    if (armor->line_len > LINE_CHARS)
        return malformed(armor, "is longer than 64 characters");
    if (base64_decode_padded(armor->bytes, LINE_BYTES, armor->line, armor->line_len,
                             &armor->bytes_len) != 0)
        return malformed(armor, "is not canonical base64");
    armor->bytes_at = 0;
    if (armor->bytes_len < LINE_BYTES)
        armor->state = AT_END_LINE;
    return 0;
}

static ssize_t armor_read(void *self, void *buf, size_t len)
{
    struct age_armor *armor = self;
    unsigned char *out = buf;
    size_t given = 0;

    if (armor->state == AT_BEGIN && read_begin_line(armor) < 0)
        return -1;
    while (given < len) {
        size_t left = armor->bytes_len - armor->bytes_at;
        size_t taken = left < len - given ? left : len - given;

        memcpy(out + given, armor->bytes + armor->bytes_at, taken);
        armor->bytes_at += taken;
        given += taken;
        if (given == len || armor->state == AT_END)
            break;
        if (read_body_line(armor) < 0)
            return -1;
    }
    return (ssize_t)given;
}

struct age_armor *age_armor_new(struct reader in)
{
    struct age_armor *armor = calloc(1, sizeof(*armor));

    if (armor == NULL) {
        error_set("out of memory");
        return NULL;
    }
    armor->in = in;
    armor->state = AT_BEGIN;
    return armor;
}

struct reader age_armor_reader(struct age_armor *armor)
{
    return (struct reader){.read = armor_read, .self = armor};
}

void age_armor_free(struct age_armor *armor)
{
    free(armor);
}
