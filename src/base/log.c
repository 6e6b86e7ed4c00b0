#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192

static enum log_level current_level = LOG_NORMAL;

void log_set_level(enum log_level level)
{
    current_level = level;
}

/* What is told may come from a server or an archive: nothing in it begins another line, or is
 * obeyed by a terminal. */
static void blank_controls(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
}

/* One write() a line, so that lines of several threads or processes do not mix. */
__attribute__((format(printf, 2, 0))) static void tell(const char *prefix, const char *format,
                                                       va_list args)
{
    char line[LINE_MAX_BYTES];
    size_t used = (size_t)snprintf(line, sizeof(line), "dynodrop: %s", prefix);

    vsnprintf(line + used, sizeof(line) - used - 1, format, args);
    blank_controls(line);
    used = strlen(line);
    line[used] = '\n';
    if (write(STDERR_FILENO, line, used + 1) < 0)
        return; /* nobody is left to tell */
}

#define DEFINE_LOG(name, least, prefix)                                                            \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
                                                                                                   \
        if (current_level < (least))                                                               \
            return;                                                                                \
        va_start(args, format);                                                                    \
        tell(prefix, format, args);                                                                \
        va_end(args);                                                                              \
    }

DEFINE_LOG(log_error, LOG_QUIET, "")
DEFINE_LOG(log_result, LOG_QUIET, "")
DEFINE_LOG(log_warn, LOG_NORMAL, "warning: ")
DEFINE_LOG(log_info, LOG_NORMAL, "")
DEFINE_LOG(log_debug, LOG_VERBOSE, "")
