/*
 * What belongs to a whole drop: the preamble before its first data block, the summary behind its
 * last. Each is the data of a block whose id no entry of the table of contents has, so that
 * pg_restore passes over it. docs/format.md describes the whole drop.
 *
 * Both are text, a line for each fact: a keyword, a space, the rest. The first line is
 * "dynodrop 1", the version; lines with keywords that are not known are passed over.
 *
 *   preamble:  program dynodrop/0.1.0      who wrote it
 *              hash siphash-2-4-128        how rows are hashed
 *              key 32 hex digits           under which key
 *              setting NAME VALUE          of the sessions that read the rows; more than one
 *              option WORD                 of pg_dump's command line, the user's; more than one;
 *                                          \\n and \\\\ in it are a line's end and a backslash
 *   summary:   block ID ROWS BYTES CHUNKS HASH   one for each data block: its dump id; rows that
 *                                          COPY wrote, or large objects, else 0; bytes,
 *                                          decompressed, with the end mark of rows; chunk records;
 *                                          the sum of their hashes as 32 hex digits
 *              total BLOCKS ROWS BYTES CHUNKS
 */
#ifndef ARCHIVE_SUMMARY_H
#define ARCHIVE_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/record.h"
#include "archive/sethash.h"
#include "base/buf.h"

/* More than any table of contents has entries. */
#define ARCHIVE_PREAMBLE_ID 2000000001
#define ARCHIVE_SUMMARY_ID  2000000002

struct archive_preamble {
    char *program;
    unsigned char key[SETHASH_KEY_SIZE];
    char *settings; /* "NAME VALUE\n" for each, or NULL */
    char *options;  /* "WORD\n" for each, or NULL; archive_preamble_add_option() adds them */
};

/* What a data block amounts to. Begins as {.dump_id = ...}. */
struct archive_block_sum {
    int dump_id;
    uint64_t rows; /* or large objects */
    uint64_t bytes;
    uint64_t chunks;
    struct sethash hash;
    bool of_rows; /* the hash is that of a set of rows, whatever their order; the summary's text
                     does not tell */
    struct sethash content; /* of data that pg_dump wrote, where it is asked for (content.h) */
};

struct archive_summary {
    struct archive_block_sum *blocks; /* in the archive's order */
    size_t n;
    size_t size; /* allocated */
};

/* Adds a word to a text for `options`. Returns 0, or -1 with the error set. */
int archive_preamble_add_option(struct buf *options, const char *word);
/* Cuts `options` into its words, each ended by a NUL, in place. `words` has room for all, and a
 * NULL behind them. Returns how many they are. */
size_t archive_preamble_take_options(char *options, const char **words);

/* Adds the preamble's text. Returns 0, or -1 with the error set. */
int archive_preamble_format(const struct archive_preamble *preamble, struct buf *text);
/* Takes it apart. Returns 0, or -1 with the error set (damaged, or of a later version); the
 * preamble is to be freed in both cases. */
int archive_preamble_parse(struct archive_preamble *preamble, const char *text);
/* The value of a setting, to be freed. NULL where there is none, or, with the error set, no memory.
 */
char *archive_preamble_setting(const struct archive_preamble *preamble, const char *name);
void archive_preamble_free(struct archive_preamble *preamble);

/* Adds one chunk's record to its block's sum; the second one without the rows and bytes, for who
 * counts them otherwise. */
void archive_block_sum_add(struct archive_block_sum *sum, const struct archive_record *record);
void archive_block_sum_add_hash(struct archive_block_sum *sum, const struct archive_record *record);

/* Appends a block. Returns 0, or -1 with the error set. */
int archive_summary_add(struct archive_summary *summary, const struct archive_block_sum *block);
/* As for the preamble. */
int archive_summary_format(const struct archive_summary *summary, struct buf *text);
int archive_summary_parse(struct archive_summary *summary, const char *text);
void archive_summary_free(struct archive_summary *summary);

#endif
