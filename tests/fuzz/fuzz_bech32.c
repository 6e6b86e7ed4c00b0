/* Keys: one that is taken is written as it was read. Lists of keys stand behind the same readers.
 */
#include "age/identity.h"
#include "age/recipient.h"
#include "fuzz.h"

static void parse_one(const char *text)
{
    char secret[AGE_IDENTITY_TEXT_SIZE];
    char public[AGE_RECIPIENT_TEXT_SIZE];
    struct age_identity *identity = age_identity_parse(text);
    struct age_recipient recipient;

    if (identity != NULL) {
        age_identity_format(identity, secret);
        always(strcmp(secret, text) == 0);
        age_identity_free(identity);
    }
    if (age_recipient_parse(&recipient, text) == 0) {
        age_recipient_format(&recipient, public);
        always(strcmp(public, text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = {.data = data, .len = len, .step = 5};
    struct fuzz_input second = {.data = data, .len = len, .step = SIZE_MAX};
    struct reader in = fuzz_reader(&input);
    struct reader second_in = fuzz_reader(&second);
    struct age_identities identities = {0};
    struct age_recipients recipients = {0};
    char *text = malloc(len + 1);

    always(text != NULL);
    memcpy(text, data, len);
    text[len] = '\0';
    parse_one(text);
    age_recipients_parse(&recipients, text);
    free(text);
    age_recipients_read(&recipients, &second_in);
    age_identities_read(&identities, &in, NULL);
    age_recipients_clear(&recipients);
    age_identities_clear(&identities);
    return 0;
}
