/*
 * Names of files that come in parts: NAME.001, NAME.002 ... NAME.999, NAME.1000 are pieces of NAME,
 * which they make when they are put one behind the other in the order of their numbers.
 */
#ifndef BASE_PART_H
#define BASE_PART_H

#include <stdbool.h>
#include <stddef.h>

/* The number, from 1 to 999,999,999, that a part's path ends in; 0 where it is no part's path. It
 * has three digits, or as many as it takes and no zero in front. */
unsigned part_number(const char *path);

/* The length of NAME with its folder in a part's path; the whole length where it is no part's. */
size_t part_stem(const char *path);

/* Whether two paths end in the NAME of the same file, whatever their folders and numbers. */
bool part_is_of_same(const char *path, const char *other);

/* The path of NAME's part with that number, in the same folder. Returns it, to be freed, or NULL
 * with the error set. */
char *part_name(const char *name, unsigned number);

/* The path of another part of the same NAME as a part's, in the same folder. Returns it, to be
 * freed, or NULL with the error set. */
char *part_path(const char *path, unsigned number);

#endif
