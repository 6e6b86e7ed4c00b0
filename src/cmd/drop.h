/*
 * Opening a drop: what list and open have in common.
 */
#ifndef CMD_DROP_H
#define CMD_DROP_H

#include "age/identity.h"
#include "age/unseal.h"
#include "archive/reader.h"
#include "base/io.h"

struct drop {
    struct io_file file;
    struct age_unseal *unseal;
    struct archive_reader *archive;
};

/* Opens a drop ("-" is standard input) and reads its archive's header and table of contents. The
 * path must outlive it. Returns 0, or -1 with the error set; drop_close() is due in both cases. */
int drop_open(struct drop *drop, const char *path, const struct age_identities *identities);
void drop_close(struct drop *drop);

#endif
