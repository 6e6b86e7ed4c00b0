#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Long enough for the last lines of a child's stderr; what does not fit is cut. */
#define ERROR_TEXT_MAX 4096

static _Thread_local char text[ERROR_TEXT_MAX];

static void append(const char *more)
{
    size_t used = strlen(text), len = strlen(more);

    if (len >= sizeof(text) - used)
        len = sizeof(text) - used - 1;
    memcpy(text + used, more, len);
    text[used + len] = '\0';
}

const char *error_text(void)
{
    return text;
}

void error_format(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
}

void error_format_errno(const char *format, ...)
{
    const char *reason = strerror(errno);
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    append(": ");
    append(reason);
}

void error_format_context(const char *format, ...)
{
    char before[ERROR_TEXT_MAX];
    va_list args;

    memcpy(before, text, sizeof(before));
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    append(": ");
    append(before);
}

void error_format_append(const char *format, ...)
{
    char more[ERROR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(more, sizeof(more), format, args);
    va_end(args);
    append(more);
}
