#include "archive/check.h"

#include "archive/blocks.h"
#include "archive/chunks.h"
#include "archive/decode.h"
#include "archive/text.h"
#include "base/error.h"

struct check {
    struct archive_reader *reader;
    const struct archive_check_observer *observer; /* or NULL */
    struct archive_decoder *decoder;
    struct archive_chunks *chunks;
    struct archive_blocks blocks;
    bool started; /* there was a block */
    bool with_preamble;
    bool ended; /* by the summary */
    struct archive_summary found;
    struct archive_checked *checked;
};

static int check_init(struct check *c)
{
    c->decoder = archive_decoder_new(c->reader);
    if (c->decoder == NULL)
        return -1;
    c->chunks = archive_chunks_new(c->decoder);
    if (c->chunks == NULL)
        return -1;
    return archive_blocks_init(&c->blocks, archive_reader_toc(c->reader));
}

static void check_clear(struct check *c)
{
    archive_chunks_free(c->chunks);
    archive_decoder_free(c->decoder);
    archive_summary_free(&c->found);
    archive_blocks_clear(&c->blocks);
}

static int check_preamble(struct check *c)
{
    struct archive_preamble preamble;
    int rc;

    if (c->started)
        return error_set("the archive is damaged: its preamble is not its first block");
    if (archive_reader_header(c->reader)->compression != ARCHIVE_ZSTD)
        return error_set("the archive is damaged: it has a preamble and is not compressed");
    rc = archive_text_read_preamble(c->decoder, &preamble);
    if (rc == 0)
        archive_chunks_set_key(c->chunks, preamble.key);
    if (rc == 0 && c->observer != NULL && c->observer->content)
        archive_chunks_hash_content(c->chunks);
    if (rc == 0 && c->observer != NULL && c->observer->preamble != NULL)
        c->observer->preamble(c->observer->self, &preamble);
    c->with_preamble = true;
    archive_preamble_free(&preamble);
    return rc;
}

static bool same_sum(const struct archive_block_sum *a, const struct archive_block_sum *b)
{
    return a->dump_id == b->dump_id && a->rows == b->rows && a->bytes == b->bytes &&
           a->chunks == b->chunks && sethash_equal(&a->hash, &b->hash);
}

static int compare_summary(const struct archive_summary *found,
                           const struct archive_summary *summary)
{
    for (size_t i = 0; i < found->n && i < summary->n; i++)
        if (!same_sum(&found->blocks[i], &summary->blocks[i]))
            return error_set("the archive is damaged: data block %d is not what the summary says",
                             found->blocks[i].dump_id);
    if (found->n != summary->n)
        return error_set("the archive is damaged: it has %zu data blocks, and its summary %zu",
                         found->n, summary->n);
    return 0;
}

static int check_summary(struct check *c)
{
    struct archive_summary summary;
    int rc;

    if (!c->with_preamble)
        return error_set("the archive is damaged: it has a summary and no preamble");
    rc = archive_text_read_summary(c->decoder, &summary);
    if (rc == 0)
        rc = compare_summary(&c->found, &summary);
    archive_summary_free(&summary);
    c->ended = true;
    return rc;
}

static int check_large_objects(struct check *c, struct archive_block_sum *sum)
{
    unsigned oid;
    int more;

    while ((more = archive_reader_next_large_object(c->reader, &oid)) > 0) {
        const struct archive_chunks_data data = {.is_object = true, .oid = oid};

        if (archive_chunks_check(c->chunks, &data, sum) != 0)
            return error_add_context("large object %u", oid);
        sum->rows++;
    }
    return more;
}

static void count(struct check *c, const struct toc_entry *entry,
                  const struct archive_block_sum *sum)
{
    c->checked->tables += toc_entry_is(entry, "TABLE DATA");
    c->checked->rows += toc_entry_is_copied_rows(entry) ? sum->rows : 0;
    c->checked->bytes += sum->bytes;
    c->checked->chunks += sum->chunks;
    if (c->observer != NULL && c->observer->block != NULL)
        c->observer->block(c->observer->self, entry, sum);
}

static int check_data(struct check *c, const struct archive_block *block)
{
    struct archive_block_sum sum = {.dump_id = block->dump_id};
    const struct toc_entry *entry = archive_blocks_take(&c->blocks, block);
    struct archive_chunks_data data = {0};
    int rc;

    if (entry == NULL)
        return -1;
    data.is_rows = toc_entry_is_copied_rows(entry);
    if (block->kind == ARCHIVE_BLOCK_LARGE_OBJECTS)
        rc = check_large_objects(c, &sum);
    else
        rc = archive_chunks_check(c->chunks, &data, &sum);
    if (rc != 0)
        return error_add_context("data block %d (%s)", block->dump_id,
                                 entry->tag != NULL ? entry->tag : "");
    count(c, entry, &sum);
    return archive_summary_add(&c->found, &sum);
}

static int check_block(struct check *c, const struct archive_block *block)
{
    int rc;

    if (c->ended)
        return error_set("the archive is damaged: behind its summary is data block %d",
                         block->dump_id);
    if (!archive_text_is(block))
        rc = check_data(c, block);
    else if (block->dump_id == ARCHIVE_PREAMBLE_ID)
        rc = check_preamble(c);
    else
        rc = check_summary(c);
    c->started = true;
    return rc;
}

static int check_blocks(struct check *c)
{
    struct archive_block block;
    int more;

    while ((more = archive_reader_next_block(c->reader, &block)) > 0)
        if (check_block(c, &block) != 0)
            return -1;
    if (more < 0 || archive_blocks_check_all(&c->blocks) != 0)
        return -1;
    if (c->with_preamble && !c->ended)
        return error_set("the archive is damaged: its summary is missing");
    return 0;
}

int archive_check(struct archive_reader *reader, const struct archive_check_observer *observer,
                  struct archive_checked *checked)
{
    struct check c = {.reader = reader, .observer = observer, .checked = checked};
    int rc = check_init(&c);

    *checked = (struct archive_checked){0};
    if (rc == 0)
        rc = check_blocks(&c);
    checked->structure_only = !c.with_preamble;
    check_clear(&c);
    return rc;
}
