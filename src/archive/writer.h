/*
 * Writing an archive in pg_dump's custom format to a stream: the other way of reader.h, where the
 * layout stands.
 *
 * The header and the table of contents are given at the start, then come the blocks, begun and
 * ended one by one. Everything returns 0, or -1 with the error set, and blocks as the target does;
 * one thread at a time.
 *
 * Where a key is set the data gets chunk records (record.h), and each block a sum:
 *
 *     archive_writer_set_key(w, key);
 *     archive_writer_put_text_block(w, ARCHIVE_PREAMBLE_ID, text);
 *     for each block of COPY rows, which is compressed in chunks elsewhere:
 *         archive_writer_begin_block(w, &block);
 *         for each chunk: its pieces, then archive_writer_put_record(w, &record);
 *         archive_writer_end_rows(w);
 *         archive_summary_add(&summary, archive_writer_block_sum(w));
 *     for each block that pg_dump wrote: archive_copy_block(), and its sum;
 *     archive_writer_put_text_block(w, ARCHIVE_SUMMARY_ID, text);
 *     archive_writer_finish(w);
 */
#ifndef ARCHIVE_WRITER_H
#define ARCHIVE_WRITER_H

#include "archive/reader.h"
#include "archive/summary.h"
#include "base/stream.h"

struct archive_writer;

/*
 * Writes header and table of contents as `header` says (its minor version, its compression: plain
 * or zstd). Both are kept, and must outlive the writer: each block's position goes into its entry
 * of the table. Entries that claim a position lose it. `level` is zstd's, 1 to 19. Returns NULL
 * with the error set.
 */
struct archive_writer *archive_writer_new(struct writer target, const struct archive_header *header,
                                          struct toc *toc, int level);
void archive_writer_free(struct archive_writer *w);

/* From the next block on, data put as plain bytes gets records of kind BYTES, made with this key,
 * which is copied. The header's compression must be zstd. */
void archive_writer_set_key(struct archive_writer *w, const unsigned char key[SETHASH_KEY_SIZE]);

/* From the next block on, sums tell the content of such data, too. A key is to be set. */
void archive_writer_hash_content(struct archive_writer *w);

int archive_writer_begin_block(struct archive_writer *w, const struct archive_block *block);
/* Within a block of large objects. */
int archive_writer_begin_large_object(struct archive_writer *w, unsigned oid);

/* Data as plain bytes, which become pieces as encode.h says: */
int archive_writer_put(struct archive_writer *w, const void *data, size_t len);
/* or piece by piece, compressed already: len bytes must follow, by archive_writer_put_piece(). */
int archive_writer_begin_piece(struct archive_writer *w, size_t len);
int archive_writer_put_piece(struct archive_writer *w, const void *data, size_t len);

/* Puts a chunk's record behind its pieces. The header's compression must be zstd. */
int archive_writer_put_record(struct archive_writer *w, const struct archive_record *record);

/* Ends a block of rows' data or one large object's. */
int archive_writer_end_data(struct archive_writer *w);
/* Ends a block of COPY rows that came in pieces: with the end mark, which has no record. */
int archive_writer_end_rows(struct archive_writer *w);
/* Ends a block of large objects. */
int archive_writer_end_large_objects(struct archive_writer *w);

/* A whole block of this text, without records: for an id that is in no table of contents. */
int archive_writer_put_text_block(struct archive_writer *w, int id, const char *text);

/* Adds to the sum's rows those of COPY text that was put as plain bytes. */
void archive_writer_add_rows(struct archive_writer *w, uint64_t rows);

/* What the block begun last amounts to, once it has ended; valid until the next one begins. It is
 * made of the records, and so only has them all where a key is set. */
const struct archive_block_sum *archive_writer_block_sum(const struct archive_writer *w);

/* Passes on what is buffered. */
int archive_writer_finish(struct archive_writer *w);

/* Where the table of contents begins, in bytes from the archive's start. */
uint64_t archive_writer_toc_position(const struct archive_writer *w);

/* Writes the table of contents, now with the blocks' positions, once more: to be put over the
 * first, whose length it has. */
int archive_writer_put_toc(const struct archive_writer *w, struct writer target);

#endif
