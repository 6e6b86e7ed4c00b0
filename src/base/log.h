/*
 * What the program tells while it works: whole lines on standard error, each behind "dynodrop: ".
 * Standard output is for data and answers. Any thread may call these.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
    LOG_QUIET,   /* errors and the result only */
    LOG_NORMAL,  /* and warnings and what a user wants to know */
    LOG_VERBOSE, /* and how it is done */
};

/* Sets how much is told from now on. The default is LOG_NORMAL. Call it before any thread runs. */
void log_set_level(enum log_level level);

/* Tell one line, printf-like, without a line end. Control characters become spaces, and a longer
 * one than 8 KiB is cut. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_result(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
