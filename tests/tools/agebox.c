/*
 * For the tests: src/age/ as a program like age, since dynodrop itself seals archives only.
 *
 *     agebox seal RECIPIENT...   encrypts standard input; without a recipient with a passphrase
 *     agebox open [IDENTITY]     decrypts it, with that identity file or with a passphrase
 *
 * The passphrase, also that of an identity file, is in AGEBOX_PASSPHRASE.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "age/identity.h"
#include "age/recipient.h"
#include "age/seal.h"
#include "age/unseal.h"
#include "base/error.h"
#include "base/io.h"

/* Not a divisor of a piece, so that pieces begin and end anywhere in a call. */
#define CALL_SIZE 50021

static struct io_file standard_input = {.fd = STDIN_FILENO, .name = "standard input"};
static struct io_file standard_output = {.fd = STDOUT_FILENO, .name = "standard output"};

static int give_passphrase(void *self, char text[AGE_PASSPHRASE_SIZE])
{
    const char *passphrase = getenv("AGEBOX_PASSPHRASE");

    (void)self;
    if (passphrase == NULL || strlen(passphrase) >= AGE_PASSPHRASE_SIZE)
        return error_set("AGEBOX_PASSPHRASE is not set");
    strcpy(text, passphrase);
    return 0;
}

static int copy(struct reader in, struct writer out)
{
    static char buffer[CALL_SIZE];
    ssize_t n;

    while ((n = in.read(in.self, buffer, sizeof(buffer))) > 0)
        if (writer_put(&out, buffer, (size_t)n) != 0)
            return -1;
    return (int)n;
}

static int choose_recipients(struct age_recipients *recipients, char **texts)
{
    char passphrase[AGE_PASSPHRASE_SIZE];

    if (texts[0] == NULL)
        return give_passphrase(NULL, passphrase) != 0
                   ? -1
                   : age_recipients_set_passphrase(recipients, passphrase);
    for (; *texts != NULL; texts++)
        if (age_recipients_parse(recipients, *texts) != 0)
            return -1;
    return 0;
}

static int seal_input(char **texts)
{
    struct age_recipients recipients = {0};
    struct age_seal *seal = NULL;
    int rc = choose_recipients(&recipients, texts);

    if (rc == 0) {
        seal = age_seal_new(&recipients, io_writer(&standard_output));
        rc = seal == NULL ? -1 : copy(io_reader(&standard_input), age_seal_writer(seal));
    }
    if (rc == 0)
        rc = age_seal_finish(seal);
    age_seal_free(seal);
    age_recipients_clear(&recipients);
    return rc;
}

static int read_identities(struct age_identities *identities, const char *path)
{
    struct io_file file;
    struct reader in;
    int rc;

    if (io_open(&file, path) != 0)
        return -1;
    in = io_reader(&file);
    rc = age_identities_read(identities, &in, &identities->passphrase);
    io_close(&file);
    return rc;
}

static int open_input(const char *path)
{
    struct age_identities identities = {.passphrase.ask = give_passphrase};
    struct age_unseal *unseal = NULL;
    int rc = path == NULL ? 0 : read_identities(&identities, path);

    if (rc == 0) {
        unseal = age_unseal_new(io_reader(&standard_input), &identities);
        rc = unseal == NULL ? -1 : copy(age_unseal_reader(unseal), io_writer(&standard_output));
    }
    age_unseal_free(unseal);
    age_identities_clear(&identities);
    return rc;
}

int main(int argc, char **argv)
{
    int rc = -1;

    if (argc >= 2 && strcmp(argv[1], "seal") == 0)
        rc = seal_input(argv + 2);
    else if (argc >= 2 && argc <= 3 && strcmp(argv[1], "open") == 0)
        rc = open_input(argv[2]);
    else
        error_set("usage: agebox seal [RECIPIENT]... | agebox open [IDENTITY]");
    if (rc != 0)
        fprintf(stderr, "agebox: %s\n", error_text());
    return rc == 0 ? 0 : 1;
}
