/*
 * Base64 as age files have it: canonical (RFC 4648, the bits behind the end are zero), without line
 * breaks, and without padding but where a function says so.
 */
#ifndef AGE_BASE64_H
#define AGE_BASE64_H

#include <stddef.h>

/* The characters that len bytes take, without a NUL. */
#define BASE64_LEN(len) (((len)*4 + 2) / 3)

/* Writes BASE64_LEN(len) characters and a NUL. */
void base64_encode(char *text, const unsigned char *data, size_t len);

/*
 * Decodes text_len characters into the room of size bytes. Returns 0 with the length in *len, or -1
 * if they are not canonical base64 or do not fit. Sets no error.
 */
int base64_decode(unsigned char *data, size_t size, const char *text, size_t text_len, size_t *len);

/* The same with padding, as ASCII armor has it. */
int base64_decode_padded(unsigned char *data, size_t size, const char *text, size_t text_len,
                         size_t *len);

#endif
