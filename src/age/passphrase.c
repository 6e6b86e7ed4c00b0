#include "age/passphrase.h"

#include "age/init.h"
#include "base/error.h"

#include <sodium.h>
#include <string.h>

static char *new_room(void)
{
    char *room = NULL;

    if (age_init() == 0) {
        room = sodium_malloc(AGE_PASSPHRASE_SIZE);
        if (room == NULL)
            error_set("out of memory");
    }
    return room;
}

char *age_passphrase_ask(const struct age_passphrase *source)
{
    char *text = new_room();

    if (text == NULL)
        return NULL;
    text[0] = '\0';
    if (source->ask(source->self, text) < 0)
        goto err;
    if (text[0] == '\0') {
        error_set("the passphrase is empty");
        goto err;
    }
    return text;

err:
    sodium_free(text);
    return NULL;
}

char *age_passphrase_copy(const char *text)
{
    const size_t len = strlen(text);
    char *copy;

    if (len == 0) {
        error_set("the passphrase is empty");
        return NULL;
    }
    if (len >= AGE_PASSPHRASE_SIZE) {
        error_set("the passphrase is longer than %d bytes", AGE_PASSPHRASE_SIZE - 1);
        return NULL;
    }
    copy = new_room();
    if (copy != NULL)
        memcpy(copy, text, len + 1);
    return copy;
}
