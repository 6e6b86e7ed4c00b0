/*
 * A drop from the outside in: its files, its encryption, its archive.
 */
#ifndef CMD_DROP_H
#define CMD_DROP_H

#include <stdbool.h>
#include <stdint.h>

#include "age/header.h"
#include "age/unseal.h"
#include "archive/reader.h"
#include "base/chain.h"
#include "base/replay.h"
#include "cmd/identity.h"
#include "cmd/parts.h"

struct drop {
    const struct parts *parts;
    struct chain files;
    struct replay input;
    struct age_header *header;
    struct age_unseal *unseal;
    struct archive_reader *archive;
};

/*
 * Finds and opens a drop, armored or not, and reads its header, which tells what it takes to open
 * it. The parts must outlive it; the drop must not be moved. Returns 0, or -1 with the error set;
 * drop_close() is due in both cases.
 */
int drop_open(struct drop *drop, struct parts *parts);

/* Whether it is a passphrase that opens it; else identities do. */
bool drop_has_passphrase(const struct drop *drop);

/*
 * Unlocks it: with its passphrase, or with the identities of these files, each asked for where need
 * be. Then reads its archive's header and table of contents. Returns 0, or -1 with the error set.
 */
int drop_unlock(struct drop *drop, const struct identity_files *files);

/* Instead of unlocking it: reads it to its end and gives its size. Returns 0, or -1 with the error
 * set. */
int drop_measure(struct drop *drop, uint64_t *bytes);

void drop_close(struct drop *drop);

#endif
