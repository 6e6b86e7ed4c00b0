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
    struct drop_observer {
        void (*passed)(void *self, size_t bytes); /* or NULL */
        void *self;
    } observer; /* told of the archive's bytes, which are nearly as many as the drop's, as they are
                   read */
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

/* How many bytes it has, as far as that is known: 0 for standard input. */
uint64_t drop_bytes(const struct drop *drop);

/*
 * Goes back to the archive's beginning, which is read and unsealed anew, without asking for
 * anything again. Not for standard input. The archive that was read is freed. Returns 0, or -1 with
 * the error set.
 */
int drop_rewind(struct drop *drop);

/* Instead of unlocking it: reads it to its end and gives its size. Returns 0, or -1 with the error
 * set. */
int drop_measure(struct drop *drop, uint64_t *bytes);

void drop_close(struct drop *drop);

#endif
