/*
 * What of a drop is restored: its table of contents in the form that the local pg_restore reads,
 * and which of its entries belong to which pass.
 */
#ifndef FLOW_SELECTION_H
#define FLOW_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/header.h"
#include "archive/passes.h"
#include "archive/toc.h"
#include "base/buf.h"
#include "pg/tools.h"

struct selection {
    struct archive_header header; /* of an archive that is not compressed */
    struct toc toc;
    struct buf archive;               /* both of them, without data */
    enum archive_pass *passes;        /* of each entry */
    bool *wanted;                     /* each entry */
    struct buf lists[ARCHIVE_PASSES]; /* dump ids, a line each, as pg_restore lists them */
    size_t n[ARCHIVE_PASSES];         /* how many */
};

/*
 * Finds the pg_restore that fits best: one that reads the header's version as it is, or any.
 * Returns 0, or -1 with the error set; then there is nothing to free.
 */
int selection_find_pg_restore(const struct archive_header *header, struct pg_tool *pg_restore);

/*
 * Has that pg_restore decide what is restored, with the options that a user gave it: a NULL-ended
 * list, or NULL. Header and table of contents are a drop's, and are copied. Returns 0, or -1 with
 * the error set; selection_free() is due in both cases.
 */
int selection_make(struct selection *s, const struct archive_header *header, const struct toc *toc,
                   const struct pg_tool *pg_restore, const char *const *user);

/* Whether it creates what rows need: tables, types and the like. */
bool selection_creates(const struct selection *s);

/* Appends an archive for `pg_restore --clean --if-exists` that drops what is selected: *n becomes
 * how many entries that is. Returns 0, or -1 with the error set. */
int selection_add_drops(const struct selection *s, struct buf *archive, size_t *n);

void selection_free(struct selection *s);

#endif
