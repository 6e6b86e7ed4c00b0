#include "age/identity.h"

#include "age/init.h"
#include "age/x25519.h"
#include "base/error.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HRP        "AGE-SECRET-KEY-"
#define WHAT_TO_DO "give an age secret key (AGE-SECRET-KEY-1...) as `dynodrop keygen` makes it"

/* In sodium_malloc() memory. */
struct age_identity {
    unsigned char secret_key[X25519_SIZE];
    unsigned char public_key[X25519_SIZE];
};

/* Other things that are taken for an identity; the first prefix that fits tells. */
static const struct {
    const char *prefix;
    const char *what;
} refused[] = {
    {"AGE-SECRET-KEY-PQ-", "a post-quantum identity (AGE-SECRET-KEY-PQ-1...) is not supported"},
    {"-----BEGIN OPENSSH PRIVATE KEY", "an OpenSSH private key is not supported as identity"},
    {"-----BEGIN AGE ENCRYPTED FILE", "an encrypted identity has to be a file of its own"},
    {"age-encryption.org/", "an encrypted identity has to be a file of its own"},
    {"-----BEGIN ", "a PEM file is not supported as identity"},
    {"age1", "this is a public key (age1...), which encrypts but cannot open"},
    {"ssh-", "this is an SSH public key, which cannot open anything"},
};

static int refuse_other_kinds(const char *text)
{
    static const char plugin[] = "AGE-PLUGIN-";

    if (strncasecmp(text, plugin, strlen(plugin)) == 0)
        return error_set("an identity of an age plugin (AGE-PLUGIN-...) is not supported; decrypt "
                         "with `age -d` and that plugin, or " WHAT_TO_DO);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        if (strncasecmp(text, refused[i].prefix, strlen(refused[i].prefix)) == 0)
            return error_set("%s; " WHAT_TO_DO, refused[i].what);
    }
    return 0;
}

static struct age_identity *new_identity(void)
{
    struct age_identity *identity = NULL;

    if (age_init() == 0) {
        identity = sodium_malloc(sizeof(*identity));
        if (identity == NULL)
            error_set("out of memory");
    }
    return identity;
}

struct age_identity *age_identity_generate(void)
{
    struct age_identity *identity = new_identity();

    if (identity != NULL) {
        randombytes_buf(identity->secret_key, X25519_SIZE);
        crypto_scalarmult_base(identity->public_key, identity->secret_key);
    }
    return identity;
}

static int decode(struct age_identity *identity, const char *text)
{
    size_t len;

    if (bech32_decode(text, HRP, identity->secret_key, X25519_SIZE, &len) < 0)
        return error_add_context("malformed secret key");
    if (len != X25519_SIZE)
        return error_set("malformed secret key: it is too short");
    crypto_scalarmult_base(identity->public_key, identity->secret_key);
    return 0;
}

struct age_identity *age_identity_parse(const char *text)
{
    struct age_identity *identity;

    if (refuse_other_kinds(text) < 0)
        return NULL;
    identity = new_identity();
    if (identity != NULL && decode(identity, text) < 0) {
        age_identity_free(identity);
        return NULL;
    }
    return identity;
}

void age_identity_format(const struct age_identity *identity, char text[AGE_IDENTITY_TEXT_SIZE])
{
    bech32_encode(text, HRP, identity->secret_key, X25519_SIZE);
}

void age_identity_recipient(const struct age_identity *identity, struct age_recipient *recipient)
{
    recipient->kind = AGE_RECIPIENT_X25519;
    memcpy(recipient->public_key, identity->public_key, X25519_SIZE);
}

int age_identity_unwrap(const struct age_identity *identity, const struct age_stanza *stanza,
                        unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    return x25519_unwrap(stanza, file_key, identity->secret_key, identity->public_key);
}

void age_identity_free(struct age_identity *identity)
{
    sodium_free(identity);
}

int age_identities_add(struct age_identities *list, struct age_identity *identity)
{
    struct age_identity **more =
        realloc(list->items, (list->count + 1) * sizeof(struct age_identity *));

    if (more == NULL) {
        age_identity_free(identity);
        return error_set("out of memory");
    }
    more[list->count++] = identity;
    list->items = more;
    return 0;
}

void age_identities_clear(struct age_identities *list)
{
    for (size_t i = 0; i < list->count; i++)
        age_identity_free(list->items[i]);
    free(list->items);
    *list = (struct age_identities){0};
}
