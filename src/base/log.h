/*
 * What the program tells while it works: whole lines on standard error, each behind "dynodrop: ",
 * and on a terminal a status line below them. Standard output is for data and answers. Any thread
 * may call these.
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
enum log_level log_level(void);

/* Tell one line, printf-like, without a line end. Control characters become spaces, and a longer
 * one than 4 KiB is cut. They take the status line away. They block while nobody reads, as on a
 * terminal that is held (^S), until a signal comes: then they are lost. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_result(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Shows the text, at whatever level, as the terminal's last line, where the next call overwrites
 * it; NULL takes it away. It is to be narrower than the terminal. Control characters become spaces.
 * Never blocks: while the terminal is held, and while it belongs to another job of the shell,
 * nothing is shown.
 */
void log_status(const char *text);

#endif
