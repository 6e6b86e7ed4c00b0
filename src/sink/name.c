#include "sink/name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

/* The word in braces that the text begins with, of those known: its length, or 0. */
static size_t word_length(const char *text)
{
    static const char *const words[] = {"{app}", "{database}", "{host}", "{time}"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

int name_check(const char *pattern)
{
    if (*pattern == '\0')
        return error_set("an empty name");
    while (*pattern != '\0') {
        size_t len = word_length(pattern);

        if (len == 0 && (*pattern == '{' || *pattern == '}'))
            return error_set("a name knows {app}, {database}, {host} and {time}, and no \"%.20s\"",
                             pattern);
        pattern += len > 0 ? len : 1;
    }
    return 0;
}

static const char *word_value(const char *word, const struct name_values *values, char time_text[])
{
    const char *value = strncmp(word, "{app}", 5) == 0         ? values->app
                        : strncmp(word, "{database}", 10) == 0 ? values->database
                        : strncmp(word, "{host}", 6) == 0      ? values->host
                                                               : time_text;

    return value == NULL ? "" : value;
}

char *name_make(const char *pattern, const struct name_values *values)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char time_text[32] = "";
    struct buf b = {0};
    struct tm utc;

    if (gmtime_r(&values->time, &utc) != NULL)
        strftime(time_text, sizeof(time_text), "%Y%m%dT%H%M%SZ", &utc);
    while (*pattern != '\0') {
        size_t len = word_length(pattern);
        const char *value = len > 0 ? word_value(pattern, values, time_text) : "";

        if (len == 0 ? buf_add(&b, pattern, 1) != 0 : buf_add_text(&b, value) != 0)
            goto fail;
        pattern += len > 0 ? len : 1;
        if (len > 0 && *value == '\0' && *pattern == '-')
            pattern++;
    }
    for (size_t i = 0; i < b.len; i++)
        if (strchr(allowed, b.data[i]) == NULL || (i == 0 && b.data[i] == '.'))
            b.data[i] = '-';
    if (b.len == 0 && buf_add_text(&b, "-") != 0)
        goto fail;
    return buf_take(&b);

fail:
    buf_free(&b);
    return NULL;
}
