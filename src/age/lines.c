#include "age/lines.h"

#include "age/init.h"
#include "base/error.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define BLANKS " \t\r"

/* Cuts the first line off the text. Returns it without blanks around it, or NULL at the end. */
static char *next_line(char **text)
{
    char *line = *text;
    char *end;

    if (line == NULL)
        return NULL;
    end = strchr(line, '\n');
    *text = end == NULL ? NULL : end + 1;
    if (end == NULL)
        end = line + strlen(line);
    line += strspn(line, BLANKS);
    while (end > line && strchr(BLANKS, end[-1]) != NULL)
        end--;
    *end = '\0';
    return line;
}

static ssize_t take_lines(char *text, int (*take)(void *arg, const char *line), void *arg)
{
    size_t number = 0;
    ssize_t taken = 0;

    for (char *line = next_line(&text); line != NULL; line = next_line(&text)) {
        number++;
        if (*line == '\0' || *line == '#')
            continue;
        if (take(arg, line) < 0)
            return error_add_context("line %zu", number);
        taken++;
    }
    return taken;
}

ssize_t age_lines_each(const struct reader *in, int (*take)(void *arg, const char *line), void *arg)
{
    bool has_nul;
    char *text;
    ssize_t result;

    if (age_init() < 0)
        return -1;
    text = sodium_malloc(AGE_LINES_MAX + 1);
    if (text == NULL)
        return error_set("out of memory");
    result = reader_fill(in, text, AGE_LINES_MAX + 1);
    if (result > AGE_LINES_MAX) {
        result = error_set("not a file of keys: it is larger than %d bytes", AGE_LINES_MAX);
    } else if (result >= 0) {
        text[result] = '\0';
        has_nul = strlen(text) < (size_t)result;
        result = take_lines(text, take, arg);
        if (result >= 0 && has_nul)
            result = error_set("not a file of keys: it is not text");
    }
    sodium_free(text);
    return result;
}
