/*
 * UTF-8, as RFC 3629 has it.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the character has that the string begins with, and its code point; 0 where that
 * is no UTF-8. The string is not empty, and not read beyond its end. */
size_t utf8_decode(const char *s, uint32_t *point);

#endif
