/*
 * A stanza: the part of an age header that carries the file key for one recipient.
 *
 *     -> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc
 *     EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U
 *
 * The first line holds the kind and its arguments, the lines below it the body in base64.
 */
#ifndef AGE_STANZA_H
#define AGE_STANZA_H

#include <stddef.h>

/* The key that a stanza wraps; the keys of the header and of the payload derive from it. */
#define AGE_FILE_KEY_SIZE 16

struct age_stanza {
    char *kind;  /* printable ASCII, as the arguments; begins the memory they stand in */
    char **args; /* what follows the kind; NULL where arg_count is 0 */
    size_t arg_count;
    unsigned char *body; /* NULL where body_len is 0 */
    size_t body_len;
};

/*
 * Sets the stanza to the kind and arguments in line (line_len bytes, separated by single spaces,
 * without the "-> " and the newline) and an empty body. Returns 0, or -1 with the error set where
 * a kind or argument is empty or not printable, or memory is short; *stanza is then empty.
 */
int age_stanza_set_line(struct age_stanza *stanza, const char *line, size_t line_len);

/* Appends a copy of len bytes to the body. Returns 0, or -1 with the error set. */
int age_stanza_add_body(struct age_stanza *stanza, const unsigned char *body, size_t len);

/* Frees what the stanza holds and empties it; not the struct itself. */
void age_stanza_clear(struct age_stanza *stanza);

#endif
