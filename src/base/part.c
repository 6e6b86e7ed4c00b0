#include "base/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define DIGITS_MIN 3
#define DIGITS_MAX 9

/* The digits that a part's path ends in, or NULL where it is no part's. */
static const char *digits(const char *path)
{
    const char *dot = strrchr(path, '.');
    size_t n;

    if (dot == NULL || dot == path || dot[-1] == '/')
        return NULL;
    n = strspn(dot + 1, "0123456789");
    if (n < DIGITS_MIN || n > DIGITS_MAX || dot[1 + n] != '\0')
        return NULL;
    /* .0001 would be another name for .001. */
    if ((n > DIGITS_MIN && dot[1] == '0') || strcmp(dot, ".000") == 0)
        return NULL;
    return dot + 1;
}

unsigned part_number(const char *path)
{
    const char *number = digits(path);

    return number == NULL ? 0 : (unsigned)strtoul(number, NULL, 10);
}

size_t part_stem(const char *path)
{
    const char *number = digits(path);

    return number == NULL ? strlen(path) : (size_t)(number - path) - 1;
}

/* NAME, without its folder. */
static const char *base_name(const char *path, size_t *len)
{
    const char *slash = strrchr(path, '/');
    const char *begin = slash == NULL ? path : slash + 1;

    *len = part_stem(path) - (size_t)(begin - path);
    return begin;
}

bool part_is_of_same(const char *path, const char *other)
{
    size_t len, other_len;
    const char *a = base_name(path, &len), *b = base_name(other, &other_len);

    return len == other_len && memcmp(a, b, len) == 0;
}

static char *append(const char *name, size_t len, unsigned number)
{
    struct buf b = {0};

    if (buf_add(&b, name, len) == 0 && buf_printf(&b, ".%03u", number) == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

char *part_name(const char *name, unsigned number)
{
    return append(name, strlen(name), number);
}

char *part_path(const char *path, unsigned number)
{
    return append(path, part_stem(path), number);
}
