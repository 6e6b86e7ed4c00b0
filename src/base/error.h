/*
 * The text of what went wrong.
 *
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and has set the text once, at
 * the place that knows. Callers may put context in front of it; the command prints it. The text
 * belongs to the calling thread, as errno does. It never holds a secret.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Sets the text, printf-like. Always returns -1, so that `return error_set(...)` reads well. */
int error_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Like error_set(), followed by ": " and what errno means. */
int error_set_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Puts the formatted context and ": " in front of the text. Always returns -1. */
int error_add_context(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text last set by this thread; "" where none was. Valid until the thread's next error_*. */
const char *error_text(void);

#endif
