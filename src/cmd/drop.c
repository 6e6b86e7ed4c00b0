#include "cmd/drop.h"

#include "age/input.h"
#include "age/scrypt.h"
#include "base/error.h"
#include "cmd/passphrase.h"

static struct age_header *read_header(struct reader in)
{
    struct age_input *input = age_input_new(in);
    struct age_header *header;
    struct reader bytes;

    if (input == NULL)
        return NULL;
    bytes = age_input_reader(input);
    header = age_header_read(&bytes);
    age_input_free(input);
    return header;
}

int drop_open(struct drop *drop, const char *path)
{
    *drop = (struct drop){.file.fd = -1};
    if (io_open(&drop->file, path) != 0)
        return -1;
    replay_init(&drop->input, io_reader(&drop->file));
    drop->header = read_header(replay_reader(&drop->input));
    if (drop->header == NULL)
        return error_add_context("%s", drop->file.name);
    replay_rewind(&drop->input);
    return 0;
}

bool drop_has_passphrase(const struct drop *drop)
{
    return scrypt_is(&drop->header->stanzas[0]);
}

static int unseal(struct drop *drop, const struct age_identities *identities,
                  const struct passphrase_question *question)
{
    drop->unseal = age_unseal_new(replay_reader(&drop->input), identities);
    if (drop->unseal == NULL)
        return error_add_context("%s%s", drop->file.name, passphrase_origin(question));
    drop->archive = archive_reader_new(age_unseal_reader(drop->unseal));
    return drop->archive == NULL ? error_add_context("%s", drop->file.name) : 0;
}

int drop_unlock(struct drop *drop, const struct identity_files *files)
{
    struct passphrase_question question = {.of = drop->file.name};
    struct age_identities identities = {0};
    int rc = 0;

    if (drop_has_passphrase(drop))
        identities.passphrase = passphrase_source(&question);
    else
        rc = identity_read(&identities, files);
    if (rc == 0)
        rc = unseal(drop, &identities, &question);
    age_identities_clear(&identities);
    return rc;
}

int drop_measure(struct drop *drop, uint64_t *bytes)
{
    struct reader in = replay_reader(&drop->input);
    char buffer[64 * 1024];
    ssize_t n;

    *bytes = 0;
    while ((n = in.read(in.self, buffer, sizeof(buffer))) > 0)
        *bytes += (uint64_t)n;
    return n < 0 ? -1 : 0;
}

void drop_close(struct drop *drop)
{
    archive_reader_free(drop->archive);
    age_unseal_free(drop->unseal);
    age_header_free(drop->header);
    replay_free(&drop->input);
    io_close(&drop->file);
}
