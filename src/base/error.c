#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Long enough for the last lines of a child's stderr; what does not fit is cut. */
#define ERROR_TEXT_MAX 4096

static _Thread_local char text[ERROR_TEXT_MAX];

const char *error_text(void)
{
    return text;
}

int error_set(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return -1;
}

int error_set_errno(const char *format, ...)
{
    const char *reason = strerror(errno);
    va_list args;
    size_t used;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    used = strlen(text);
    snprintf(text + used, sizeof(text) - used, ": %s", reason);
    return -1;
}

int error_add_context(const char *format, ...)
{
    char before[ERROR_TEXT_MAX];
    va_list args;
    size_t used;

    memcpy(before, text, sizeof(before));
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    used = strlen(text);
    snprintf(text + used, sizeof(text) - used, ": %s", before);
    return -1;
}
