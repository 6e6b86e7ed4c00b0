/*
 * Older forms of an archive, for older versions of pg_restore.
 *
 * What pg_dump 17 changed with version 1.16 is taken back entry by entry: BLOB METADATA entries,
 * which create many large objects each, become BLOB entries for one, and the grants on "LARGE
 * OBJECTS a..b" become one entry for each. (Comments and security labels have one entry for each
 * large object already.) The data blocks stay as they are.
 *
 * Both forms are specified by PostgreSQL's src/bin/pg_dump/pg_dump.c (dumpLO(), before version 17
 * dumpBlob()) and pg_backup_archiver.c (IssueACLPerBlob()).
 */
#ifndef ARCHIVE_DOWNGRADE_H
#define ARCHIVE_DOWNGRADE_H

#include "archive/header.h"
#include "archive/toc.h"

/* The newest archive version 1.N that pg_restore of a major version reads, or -1 with the error
 * set for one that is not known (12 to 18 are, and newer ones read what 18 does). */
int archive_minor_for_pg(int pg_major);

/* Rewrites header and table of contents to version 1.`minor`; one that is older already stays.
 * Returns 0, or -1 with the error set and the table of no use any more. */
int archive_downgrade(struct archive_header *header, struct toc *toc, int minor);

#endif
