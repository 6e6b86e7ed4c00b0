/*
 * The blocks of an archive, from a reader to a writer or just counted.
 */
#ifndef ARCHIVE_COPY_H
#define ARCHIVE_COPY_H

#include <stdint.h>

#include "archive/reader.h"
#include "archive/writer.h"

/* What a block's data amounts to, decompressed. */
struct archive_count {
    uint64_t rows;          /* of a table, where they are COPY text; else 0 */
    uint64_t large_objects; /* of a block of large objects; else 0 */
    uint64_t bytes;
};

/* Who is told of what was read. */
struct archive_observer {
    /* The drop's preamble, before any block; may be NULL. */
    void (*preamble)(void *self, const struct archive_preamble *preamble);
    /* A block; `entry` is its entry in the reader's table. */
    void (*counted)(void *self, const struct toc_entry *entry, const struct archive_count *count);
    void *self;
};

/*
 * Reads all blocks, checks that each belongs to an entry of the table of contents, decompresses
 * them and tells the observer of each. With a writer, writes them there, compressed as its header
 * says, and without chunk records (but those that the writer makes). A drop's preamble and summary
 * are left out. Both `writer` and `observer` may be NULL.
 * Returns 0, or -1 with the error set.
 */
int archive_copy(struct archive_reader *reader, struct archive_writer *writer,
                 const struct archive_observer *observer);

/*
 * The same for one block, which the reader has just stepped to: its data goes to the writer as the
 * block of the entry `dump_id` of the writer's table, which need not be the reader's. Fills in the
 * counts. Returns 0, or -1 with the error set.
 */
int archive_copy_block(struct archive_reader *reader, const struct archive_block *block,
                       struct archive_writer *writer, int dump_id, struct archive_count *count);

/* All blocks but the preamble and the summary, without decompressing, counting or checking: piece
 * by piece as they are, chunk records too. The writer's compression must be the reader's. */
int archive_copy_pieces(struct archive_reader *reader, struct archive_writer *writer);

#endif
