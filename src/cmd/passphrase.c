#include "cmd/passphrase.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/terminal.h"
#include "cmd/options.h"

#define VARIABLE "DYNODROP_PASSPHRASE"

static const char *in_variable(void)
{
    return options_value(NULL, VARIABLE, NULL);
}

static int copy(char text[AGE_PASSPHRASE_SIZE], const char *passphrase)
{
    size_t size = strlen(passphrase) + 1;

    if (size > AGE_PASSPHRASE_SIZE)
        return error_set("the passphrase in " VARIABLE " is longer than %d bytes",
                         AGE_PASSPHRASE_SIZE - 1);
    memcpy(text, passphrase, size);
    return 0;
}

static int ask(void *self, char text[AGE_PASSPHRASE_SIZE])
{
    struct passphrase_question *question = self;
    struct buf words = {0};
    int rc;

    question->asked = true;
    if (in_variable() != NULL)
        return copy(text, in_variable());
    if (!terminal_is_there())
        return error_set(
            "it needs a passphrase, and there is no terminal to ask for it: set " VARIABLE);
    rc = buf_add_text(&words, "Passphrase of ");
    if (rc == 0)
        rc = buf_add_visible(&words, question->of);
    if (rc == 0)
        rc = buf_add_text(&words, ": ");
    if (rc == 0)
        rc = terminal_ask_secret(words.data, text, AGE_PASSPHRASE_SIZE);
    buf_free(&words);
    return rc;
}

const char *passphrase_origin(const struct passphrase_question *question)
{
    return question->asked && in_variable() != NULL ? " (opened with " VARIABLE ")" : "";
}

struct age_passphrase passphrase_source(struct passphrase_question *question)
{
    question->asked = false;
    return (struct age_passphrase){.ask = ask, .self = question};
}

bool passphrase_is_to_be_had(void)
{
    return in_variable() != NULL || terminal_is_there();
}

static int ask_twice(char text[AGE_PASSPHRASE_SIZE])
{
    char again[AGE_PASSPHRASE_SIZE];
    int rc;

    if (terminal_ask_secret("New passphrase: ", text, AGE_PASSPHRASE_SIZE) != 0)
        return -1;
    if (text[0] == '\0')
        return error_set("the passphrase is empty: nothing was made");
    rc = terminal_ask_secret("The same again: ", again, sizeof(again));
    if (rc == 0 && strcmp(text, again) != 0)
        rc = error_set("the two passphrases differ: nothing was made");
    sodium_memzero(again, sizeof(again));
    return rc;
}

int passphrase_choose(char text[AGE_PASSPHRASE_SIZE])
{
    int rc;

    if (in_variable() != NULL)
        rc = copy(text, in_variable());
    else if (!terminal_is_there())
        rc = error_set("there is no terminal to ask for the new passphrase: set " VARIABLE);
    else
        rc = ask_twice(text);
    if (rc != 0)
        sodium_memzero(text, AGE_PASSPHRASE_SIZE);
    return rc;
}
