#include "cmd/drop.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "age/input.h"
#include "age/scrypt.h"
#include "base/error.h"
#include "base/part.h"
#include "cmd/passphrase.h"

/* What does not authenticate lies within the last bytes read: a piece, as text if it is armored,
 * and what is read ahead of it. */
#define FAULT_BYTES (128 * 1024)

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

/* Says of a file that does not begin as a drop does which it is, and where it looks like a later
 * part, that it is that. */
static int explain_begin(const struct parts *parts)
{
    const char *path = parts->paths[0];
    unsigned number = part_number(path);

    error_add_context("%s", parts->count > 1 ? path : parts->name);
    if (number > 1)
        error_append("; by its name it is part %u of a drop, whose first part, %.*s.001, is "
                     "missing",
                     number, (int)part_stem(path), path);
    return -1;
}

int drop_open(struct drop *drop, struct parts *parts)
{
    *drop = (struct drop){.parts = parts, .files = {.file = {.fd = -1}}};
    if (parts_find(parts) != 0 || chain_open(&drop->files, parts->paths, parts->count) != 0)
        return -1;
    replay_init(&drop->input, chain_reader(&drop->files));
    drop->header = read_header(replay_reader(&drop->input));
    if (drop->header == NULL)
        return explain_begin(parts);
    replay_rewind(&drop->input);
    return 0;
}

bool drop_has_passphrase(const struct drop *drop)
{
    return scrypt_is(&drop->header->stanzas[0]);
}

/* Says what may be wrong where the drop and its parts do not end together. */
static int explain_end(const struct parts *parts)
{
    const char *last = parts->paths[parts->count - 1];
    char *next = part_path(last, part_number(last) + 1);

    if (next != NULL && access(next, F_OK) == 0)
        error_append("; %s is there and was not named: name all parts, or the first one alone",
                     next);
    else if (next != NULL)
        error_append("; either the part that follows, %s, is missing, or %s is damaged%s", next,
                     last, parts->count > 1 ? " or of another drop" : "");
    free(next);
    return -1;
}

/* Says where a drop that is truncated or damaged is so. */
static int explain_fault(const struct drop *drop)
{
    const struct parts *parts = drop->parts;
    const struct chain *files = &drop->files;

    if (files->failed || part_number(parts->paths[0]) != 1)
        return -1;
    if (files->ended)
        return explain_end(parts);
    if (parts->count == 1)
        return -1;
    return error_append(" (in %s%s)", parts->paths[files->at],
                        files->at > 0 && files->given < FAULT_BYTES ? " or before it" : "");
}

static ssize_t read_plain(void *self, void *buf, size_t len)
{
    struct drop *drop = self;
    struct reader plain = age_unseal_reader(drop->unseal);
    ssize_t n = plain.read(plain.self, buf, len);

    if (n > 0 && drop->observer.passed != NULL)
        drop->observer.passed(drop->observer.self, (size_t)n);
    return n < 0 ? explain_fault(drop) : n;
}

static int read_archive(struct drop *drop)
{
    drop->archive = archive_reader_new((struct reader){.read = read_plain, .self = drop});
    return drop->archive == NULL ? error_add_context("%s", drop->parts->name) : 0;
}

static int unseal(struct drop *drop, const struct age_identities *identities,
                  const struct passphrase_question *question)
{
    drop->unseal = age_unseal_new(replay_reader(&drop->input), identities);
    if (drop->unseal == NULL)
        return error_add_context("%s%s", drop->parts->name, passphrase_origin(question));
    return read_archive(drop);
}

int drop_unlock(struct drop *drop, const struct identity_files *files)
{
    struct passphrase_question question = {.of = drop->parts->name};
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

uint64_t drop_bytes(const struct drop *drop)
{
    uint64_t bytes = 0;
    struct stat st;

    for (size_t i = 0; i < drop->parts->count; i++)
        if (stat(drop->parts->paths[i], &st) == 0 && S_ISREG(st.st_mode))
            bytes += (uint64_t)st.st_size;
    return bytes;
}

int drop_rewind(struct drop *drop)
{
    archive_reader_free(drop->archive);
    drop->archive = NULL;
    chain_close(&drop->files);
    if (chain_open(&drop->files, drop->parts->paths, drop->parts->count) != 0 ||
        age_unseal_rewind(drop->unseal, chain_reader(&drop->files)) != 0)
        return error_add_context("%s", drop->parts->name);
    return read_archive(drop);
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
    chain_close(&drop->files);
}
