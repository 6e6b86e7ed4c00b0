#include "age/identity.h"
#include "age/input.h"
#include "age/lines.h"
#include "age/unseal.h"
#include "base/error.h"

static int add_text(void *list, const char *text)
{
    struct age_identity *identity = age_identity_parse(text);

    return identity == NULL ? -1 : age_identities_add(list, identity);
}

static int read_lines(struct age_identities *list, struct reader in)
{
    ssize_t taken = age_lines_each(&in, add_text, list);

    if (taken < 0)
        return -1;
    if (taken == 0)
        return error_set("there is no identity in it; give an age secret key "
                         "(AGE-SECRET-KEY-1...) as `dynodrop keygen` makes it");
    return 0;
}

static int read_encrypted(struct age_identities *list, struct reader in,
                          const struct age_passphrase *passphrase)
{
    struct age_identities none = {0};
    struct age_unseal *unseal;
    int result;

    if (passphrase != NULL)
        none.passphrase = *passphrase;
    unseal = age_unseal_new(in, &none);
    if (unseal == NULL)
        return -1;
    result = read_lines(list, age_unseal_reader(unseal));
    age_unseal_free(unseal);
    return result;
}

int age_identities_read(struct age_identities *list, const struct reader *in,
                        const struct age_passphrase *passphrase)
{
    struct age_input *input = age_input_new(*in);
    struct reader whole;
    int result;

    if (input == NULL)
        return -1;
    whole = age_input_raw_reader(input);
    if (age_input_kind(input) == AGE_INPUT_OTHER)
        result = read_lines(list, whole);
    else
        result = read_encrypted(list, whole, passphrase);
    age_input_free(input);
    return result;
}
