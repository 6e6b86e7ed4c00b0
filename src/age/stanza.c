#include "age/stanza.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_printable(char c)
{
    return c > ' ' && c < 0x7f;
}

/* Whether the line is one or more words of printable ASCII with single spaces between them. */
static bool is_well_formed(const char *line, size_t len)
{
    bool in_word = false;

    for (size_t i = 0; i < len; i++) {
        if (is_printable(line[i]))
            in_word = true;
        else if (line[i] == ' ' && in_word)
            in_word = false;
        else
            return false;
    }
    return in_word;
}

int age_stanza_set_line(struct age_stanza *stanza, const char *line, size_t line_len)
{
    size_t spaces = 0;

    *stanza = (struct age_stanza){0};
    if (!is_well_formed(line, line_len))
        return error_set("a stanza's line does not consist of words with single spaces between");
    for (size_t i = 0; i < line_len; i++)
        spaces += line[i] == ' ';

    stanza->kind = strndup(line, line_len);
    if (spaces > 0)
        stanza->args = calloc(spaces, sizeof(*stanza->args));
    if (stanza->kind == NULL || (spaces > 0 && stanza->args == NULL)) {
        age_stanza_clear(stanza);
        return error_set("out of memory");
    }
    for (char *space = strchr(stanza->kind, ' '); space != NULL; space = strchr(space + 1, ' ')) {
        *space = '\0';
        stanza->args[stanza->arg_count++] = space + 1;
    }
    return 0;
}

int age_stanza_add_body(struct age_stanza *stanza, const unsigned char *body, size_t len)
{
    unsigned char *longer;

    if (len == 0)
        return 0;
    longer = realloc(stanza->body, stanza->body_len + len);
    if (longer == NULL)
        return error_set("out of memory");
    memcpy(longer + stanza->body_len, body, len);
    stanza->body = longer;
    stanza->body_len += len;
    return 0;
}

void age_stanza_clear(struct age_stanza *stanza)
{
    free(stanza->kind);
    free(stanza->args);
    free(stanza->body);
    *stanza = (struct age_stanza){0};
}
