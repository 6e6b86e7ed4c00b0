/*
 * Lines that a log drain can take apart: key=value, with quotes where a value needs them.
 */
#ifndef BASE_LOGFMT_H
#define BASE_LOGFMT_H

#include <stdint.h>

#include "base/buf.h"

/* Append one pair, with a space in front unless the buffer is empty. Control characters in a value
 * become "?". Return 0, or -1 with the error set. */
int logfmt_text(struct buf *b, const char *key, const char *value);
int logfmt_number(struct buf *b, const char *key, uint64_t value);

#endif
