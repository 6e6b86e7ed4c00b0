/*
 * Comparing what two archives say of their databases: a drop, and the database as it is now.
 *
 * Schema objects are entries of the tables of contents: those of the same kind, schema and name are
 * held against each other, by definition, by owner, and by what their columns are. Rows are
 * compared by number and by the hash of their set (sethash.h), which does not depend on their
 * order. Not compared are the properties of the database itself, since a drop is restored into one
 * that is there already.
 */
#ifndef ARCHIVE_COMPARE_H
#define ARCHIVE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/summary.h"
#include "archive/toc.h"

struct archive_side {
    const struct toc *toc;
    const struct archive_summary *sums; /* of its data blocks; NULL: rows are not compared */
};

struct archive_compare_options {
    bool no_owner;            /* owners are not compared */
    bool no_acl;              /* nor are grants */
    bool other_large_objects; /* one side lists each large object, the other one groups of them */
    bool other_major; /* the sides are of different major versions: what the server writes from what
                         it has parsed, expressions and views, differs without a difference */
};

enum archive_difference {
    ARCHIVE_MISSING, /* the drop has it, the database has not */
    ARCHIVE_EXTRA,
    ARCHIVE_DIFFERENT,
    ARCHIVE_NOT_COMPARED,
};

/* Told of each difference, in the order of kinds and names. `detail` is what differs, any number of
 * whole lines, without control characters. Returns 0, or -1 with the error set, which ends the
 * comparison. */
struct archive_compare_observer {
    int (*difference)(void *self, enum archive_difference difference, const struct toc_entry *entry,
                      const char *detail);
    void *self;
};

struct archive_compared {
    uint64_t objects; /* entries that both sides have */
    uint64_t tables;  /* whose rows were compared for certain */
    uint64_t rows;    /* of these, in the drop */
    uint64_t differences;
    uint64_t not_compared;
};

/* Returns 0, also where there are differences, or -1 with the error set. */
int archive_compare(const struct archive_side *drop, const struct archive_side *database,
                    const struct archive_compare_options *options,
                    const struct archive_compare_observer *observer,
                    struct archive_compared *compared);

#endif
