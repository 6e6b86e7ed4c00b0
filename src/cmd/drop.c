#include "cmd/drop.h"

#include "base/error.h"

int drop_open(struct drop *drop, const char *path, const struct age_identities *identities)
{
    *drop = (struct drop){.file.fd = -1};
    if (io_open(&drop->file, path) != 0)
        return -1;
    drop->unseal = age_unseal_new(io_reader(&drop->file), identities);
    if (drop->unseal == NULL)
        return error_add_context("%s", drop->file.name);
    drop->archive = archive_reader_new(age_unseal_reader(drop->unseal));
    if (drop->archive == NULL)
        return error_add_context("%s", drop->file.name);
    return 0;
}

void drop_close(struct drop *drop)
{
    archive_reader_free(drop->archive);
    age_unseal_free(drop->unseal);
    io_close(&drop->file);
}
