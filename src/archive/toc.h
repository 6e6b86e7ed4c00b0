/*
 * The table of contents of an archive in pg_dump's custom format: what there is to restore, in the
 * order of restoring.
 *
 *   integer: how many entries; then each one as
 *   integer dump id; integer "had a dumper" (0 or 1: it has data); strings: table oid, oid;
 *   strings: tag, desc; integer section; strings: defn, drop statement, copy statement, schema,
 *   tablespace, table access method; from 1.16 integer relkind; strings: owner, "false";
 *   strings: the dump ids it depends on, ended by a NULL; the offset of its data block.
 *
 * Specified by WriteToc() in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c.
 */
#ifndef ARCHIVE_TOC_H
#define ARCHIVE_TOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/wire.h"
#include "base/buf.h"

enum toc_section {
    TOC_SECTION_NONE = 1, /* comments and grants of whatever they belong to */
    TOC_SECTION_PRE_DATA,
    TOC_SECTION_DATA,
    TOC_SECTION_POST_DATA,
};

/* Strings are owned by the entry, and may be NULL where the format's are. */
struct toc_entry {
    int dump_id;
    bool had_dumper;
    char *table_oid;
    char *oid;
    char *tag;
    char *desc;
    int section;
    char *defn;
    char *drop_stmt;
    char *copy_stmt;
    char *schema;
    char *tablespace;
    char *table_am;
    int relkind;
    char *owner;
    char *with_oids;
    int *deps; /* dump ids */
    size_t n_deps;
    enum wire_offset_state data_state;
    uint64_t data_offset;
};

struct toc {
    struct toc_entry *entries;
    size_t n;
    size_t size;       /* allocated */
    size_t last_found; /* where toc_find() begins to look */
};

/* Read and write the table of an archive of version 1.`minor`. Return 0, or -1 with the error
 * set; after toc_read() it is toc_free() in both cases. */
int toc_read(struct toc *toc, struct wire_in *in, int minor);
int toc_write(struct toc *toc, struct wire_out *out, int minor);
void toc_free(struct toc *toc);

/* Appends an entry with all fields zero. Returns it, valid until the next append, or NULL with the
 * error set. */
struct toc_entry *toc_append(struct toc *toc);

/* Appends a copy of an entry, which may be one of another table. Returns it, as toc_append() does.
 */
struct toc_entry *toc_append_copy(struct toc *toc, const struct toc_entry *entry);

/* The entry with this dump id, or NULL. */
struct toc_entry *toc_find(struct toc *toc, int dump_id);

/* Frees what the entry owns and sets all its fields to zero. */
void toc_entry_clear(struct toc_entry *entry);

/* Room for the name of any encoding. */
#define TOC_ENCODING_SIZE 32

/* The encoding of the archive's texts, as the server names it; "" where the table does not say. */
void toc_encoding(const struct toc *toc, char encoding[TOC_ENCODING_SIZE]);

/* Adds the entry's name, SCHEMA.TAG, control characters made visible. Returns 0, or -1 with the
 * error set. */
int toc_entry_add_name(const struct toc_entry *entry, struct buf *b);

/* Whether the entry's desc is this text. */
bool toc_entry_is(const struct toc_entry *entry, const char *desc);

/* Whether the entry stands for the rows of a table, written as a COPY statement's input. */
bool toc_entry_is_copied_rows(const struct toc_entry *entry);

#endif
