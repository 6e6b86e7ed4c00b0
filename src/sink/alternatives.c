#include "sink/alternatives.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tailnet/peer.h"

#define FILE_PREFIX     "file:"
#define TAILDROP_PREFIX "taildrop:"

/* What stands behind the prefix; NULL where it is not there. */
static const char *behind(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* Returns 0, or -1 with the error set. */
static int read_place(struct alternative *one)
{
    const char *host = behind(one->text, TAILDROP_PREFIX);
    const char *path = behind(one->text, FILE_PREFIX);

    one->is_taildrop = host != NULL;
    if (host != NULL) {
        one->place = host;
        return tailnet_peer_check(host) == 0 ? 0 : error_add_context("target %s", one->text);
    }
    one->place = path != NULL ? path : one->text;
    if (*one->place == '\0')
        return error_set("an empty target: give taildrop:HOST, a path, a folder, or - for standard "
                         "output");
    return 0;
}

static int add(struct alternatives *a, const char *text, size_t len)
{
    struct alternative *one = &a->items[a->n];

    *one = (struct alternative){.text = strndup(text, len)};
    if (one->text == NULL)
        return error_set("out of memory");
    a->n++;
    return read_place(one);
}

static size_t count(const char *target)
{
    size_t n = 1;

    while ((target = strchr(target, ',')) != NULL) {
        target++;
        n++;
    }
    return n;
}

static int check(const struct alternatives *a, const char *target)
{
    for (size_t i = 0; i < a->n && a->n > 1; i++)
        if (strcmp(a->items[i].text, "-") == 0)
            return error_set("target %s: standard output cannot be one of several alternatives",
                             target);
    return 0;
}

int alternatives_parse(struct alternatives *a, const char *target)
{
    const char *at = target;
    int rc = 0;

    *a = (struct alternatives){.items = calloc(count(target), sizeof(*a->items))};
    if (a->items == NULL)
        return error_set("out of memory");
    do {
        size_t len = strcspn(at, ",");

        rc = add(a, at, len);
        at += len;
    } while (rc == 0 && *at++ == ',');
    if (rc == 0 && check(a, target) == 0)
        return 0;
    alternatives_clear(a);
    return -1;
}

void alternatives_clear(struct alternatives *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->items[i].text);
    free(a->items);
    *a = (struct alternatives){0};
}

bool alternatives_have_taildrop(const struct alternatives *a)
{
    bool have = false;

    for (size_t i = 0; i < a->n; i++)
        have = have || a->items[i].is_taildrop;
    return have;
}
