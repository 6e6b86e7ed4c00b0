/*
 * The text of what went wrong.
 *
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and has set the text once, at
 * the place that knows. Callers may put context in front of it or advice behind it; the command
 * prints it. The text belongs to the calling thread, as errno does. It never holds a secret.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Sets the text, printf-like. Always -1, so that `return error_set(...)` reads well. */
#define error_set(...) (error_format(__VA_ARGS__), error_value())

/* Like error_set(), followed by ": " and what errno means. */
#define error_set_errno(...) (error_format_errno(__VA_ARGS__), error_value())

/* Puts the formatted context and ": " in front of the text. Always -1. */
#define error_add_context(...) (error_format_context(__VA_ARGS__), error_value())

/* Puts the formatted text behind the text. Always -1. */
#define error_append(...) (error_format_append(__VA_ARGS__), error_value())

/* The text last set by this thread; "" where none was. Valid until the thread's next error_*. */
const char *error_text(void);

/* What the macros above are made of. They are macros so that compilers and analysers, which look
 * into one file at a time, see that the value is -1. */
void error_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void error_format_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));
void error_format_context(const char *format, ...) __attribute__((format(printf, 1, 2)));
void error_format_append(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline int error_value(void)
{
    return -1;
}

#endif
