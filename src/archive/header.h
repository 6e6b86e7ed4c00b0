/*
 * The header of an archive in pg_dump's custom format.
 *
 *   "PGDMP", bytes: major 1, minor, revision, integer size 4, offset size 8, format 1 (custom);
 *   compression: from 1.15 one byte (enum archive_compression), before an integer gzip level;
 *   seven integers of local creation time (sec, min, hour, day, month, year, dst);
 *   strings: database, server version, pg_dump version.
 *
 * Specified by WriteHead() in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c. The minor versions
 * known here: 14 (pg_dump 12 to 15), 15 (16), 16 (17 and 18).
 */
#ifndef ARCHIVE_HEADER_H
#define ARCHIVE_HEADER_H

#include "archive/wire.h"

#define ARCHIVE_MINOR_OLDEST 14
#define ARCHIVE_MINOR_ZSTD   15 /* the first that can say "compressed with zstd" */
#define ARCHIVE_MINOR_LOS    16 /* the first with BLOB METADATA entries and relkind */
#define ARCHIVE_MINOR_NEWEST 16

/* The values are the format's own. */
enum archive_compression {
    ARCHIVE_PLAIN = 0,
    ARCHIVE_GZIP = 1,
    ARCHIVE_LZ4 = 2,
    ARCHIVE_ZSTD = 3,
};

struct archive_header {
    int minor;
    int revision;
    enum archive_compression compression;
    int created[7];
    char *database;
    char *server_version;
    char *pg_dump_version;
};

/* Reads and checks it; what is not an archive, or of another version, is an error that says so.
 * Returns 0, or -1 with the error set. In both cases archive_header_free() ends it. */
int archive_header_read(struct archive_header *h, struct wire_in *in);
int archive_header_write(const struct archive_header *h, struct wire_out *out);

/* Makes a copy with texts of its own. Returns 0, or -1 with the error set; archive_header_free() is
 * due in both cases. */
int archive_header_copy(struct archive_header *to, const struct archive_header *from);
void archive_header_free(struct archive_header *h);

#endif
