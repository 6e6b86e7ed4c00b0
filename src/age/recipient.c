#include "age/recipient.h"

#include "age/init.h"
#include "age/lines.h"
#include "age/passphrase.h"
#include "base/error.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HRP        "age"
#define SEPARATORS " ,\t\r\n"
#define WHAT_TO_DO "give an age public key (age1...) as `dynodrop keygen` prints it"

#define NOT_BOTH                                                                                   \
    "a file is encrypted either with a passphrase or to recipients: the passphrase alone would "   \
    "open it"

/* Other things that are taken for a recipient; the first prefix that fits tells. */
static const struct {
    const char *prefix;
    const char *what;
} refused[] = {
    {"AGE-SECRET-KEY-", "this is a secret key, which belongs to nobody but you"},
    {"AGE-PLUGIN-", "this is the identity of an age plugin, not a recipient"},
    {"ssh-ed25519", "an SSH key (ssh-ed25519) is not supported as recipient"},
    {"ssh-rsa", "an SSH key (ssh-rsa) is not supported as recipient"},
    {"ssh-", "an SSH key is not supported as recipient"},
    {"ecdsa-", "an SSH key (ecdsa) is not supported as recipient"},
    {"sk-", "an SSH key (on a security key) is not supported as recipient"},
    {"age1pq1", "a post-quantum recipient (age1pq1...) is not supported"},
    {"age1tag1", "a tagged recipient (age1tag1...), as hardware keys have, is not supported"},
    {"age1tagpq1", "a tagged recipient (age1tagpq1...), as hardware keys have, is not supported"},
};

static int refuse_other_kinds(const char *text)
{
    const char *plugin = text + strlen(HRP "1");
    int name_len;

    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        if (strncasecmp(text, refused[i].prefix, strlen(refused[i].prefix)) == 0)
            return error_set("%s; " WHAT_TO_DO, refused[i].what);
    }
    if (strncmp(text, HRP "1", strlen(HRP "1")) != 0)
        return error_set("this is not an age recipient (it does not begin with age1); " WHAT_TO_DO);

    /* Bech32's characters have no 1, so a second one ends the name of a plugin. */
    name_len = (int)strcspn(plugin, "1");
    if (plugin[name_len] == '1')
        return error_set(
            "a recipient of an age plugin (age1%.*s1...) is not supported; " WHAT_TO_DO,
            name_len < 32 ? name_len : 32, plugin);
    return 0;
}

int age_recipient_parse(struct age_recipient *recipient, const char *text)
{
    size_t len;

    if (age_init() < 0 || refuse_other_kinds(text) < 0)
        return -1;
    if (bech32_decode(text, HRP, recipient->public_key, X25519_SIZE, &len) < 0)
        return error_add_context("malformed recipient %.12s...", text);
    if (len != X25519_SIZE)
        return error_set("malformed recipient %.12s...: it is too short", text);
    if (!x25519_is_usable(recipient->public_key))
        return error_set("malformed recipient %.12s...: it is a weak point of the curve", text);
    recipient->kind = AGE_RECIPIENT_X25519;
    return 0;
}

void age_recipient_format(const struct age_recipient *recipient, char text[AGE_RECIPIENT_TEXT_SIZE])
{
    bech32_encode(text, HRP, recipient->public_key, X25519_SIZE);
}

int age_recipient_wrap(const struct age_recipient *recipient, struct age_stanza *stanza,
                       const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    switch (recipient->kind) {
    case AGE_RECIPIENT_X25519:
        return x25519_wrap(stanza, file_key, recipient->public_key);
    }
    return error_set("a recipient of an unknown kind");
}

int age_recipients_set_passphrase(struct age_recipients *set, const char *text)
{
    char *copy;

    if (set->count > 0)
        return error_set(NOT_BOTH);
    copy = age_passphrase_copy(text);
    if (copy == NULL)
        return -1;
    sodium_free(set->passphrase);
    set->passphrase = copy;
    return 0;
}

int age_recipients_add(struct age_recipients *set, const struct age_recipient *recipient)
{
    struct age_recipient *more;

    if (set->passphrase != NULL)
        return error_set(NOT_BOTH);
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].kind == recipient->kind &&
            memcmp(set->items[i].public_key, recipient->public_key, X25519_SIZE) == 0)
            return 0;
    }
    more = realloc(set->items, (set->count + 1) * sizeof(*more));
    if (more == NULL)
        return error_set("out of memory");
    more[set->count++] = *recipient;
    set->items = more;
    return 0;
}

static int add_text(void *set, const char *text)
{
    struct age_recipient recipient;

    if (age_recipient_parse(&recipient, text) < 0)
        return -1;
    return age_recipients_add(set, &recipient);
}

int age_recipients_parse(struct age_recipients *set, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = strdup(text);
    char *rest = NULL;
    int result = 0;

    if (copy == NULL)
        return error_set("out of memory");
    for (char *one = strtok_r(copy, SEPARATORS, &rest); one != NULL && result == 0;
         one = strtok_r(NULL, SEPARATORS, &rest))
        result = add_text(set, one);
    /* Someone may have put a secret key there. */
    sodium_memzero(copy, size);
    free(copy);
    return result;
}

int age_recipients_read(struct age_recipients *set, const struct reader *in)
{
    ssize_t taken = age_lines_each(in, add_text, set);

    if (taken < 0)
        return -1;
    if (taken == 0)
        return error_set("there is no recipient in it; " WHAT_TO_DO);
    return 0;
}

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, X25519_SIZE);
}

int age_recipients_derive_key(const struct age_recipients *set, const char *info,
                              unsigned char key[HKDF_SIZE])
{
    unsigned char(*keys)[X25519_SIZE];

    if (set->count == 0) {
        randombytes_buf(key, HKDF_SIZE);
        return 0;
    }
    keys = calloc(set->count, sizeof(*keys));
    if (keys == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < set->count; i++)
        memcpy(keys[i], set->items[i].public_key, X25519_SIZE);
    qsort(keys, set->count, sizeof(*keys), by_key);
    hkdf_sha256(key, keys[0], set->count * sizeof(*keys), NULL, 0, info);
    free(keys);
    return 0;
}

void age_recipients_clear(struct age_recipients *set)
{
    free(set->items);
    sodium_free(set->passphrase);
    *set = (struct age_recipients){0};
}
