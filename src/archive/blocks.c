#include "archive/blocks.h"

#include <stdlib.h>

#include "base/error.h"

int archive_blocks_init(struct archive_blocks *b, struct toc *toc)
{
    *b = (struct archive_blocks){.toc = toc};
    b->seen = calloc(toc->n + 1, sizeof(*b->seen));
    return b->seen != NULL ? 0 : error_set("out of memory");
}

void archive_blocks_clear(struct archive_blocks *b)
{
    free(b->seen);
    b->seen = NULL;
}

struct toc_entry *archive_blocks_take(struct archive_blocks *b, const struct archive_block *block)
{
    struct toc_entry *entry = toc_find(b->toc, block->dump_id);
    const size_t at = entry != NULL ? (size_t)(entry - b->toc->entries) : 0;
    const char *wrong = NULL;

    if (entry == NULL)
        wrong = "is in no table of contents";
    else if (!entry->had_dumper)
        wrong = "belongs to an entry that has no data";
    else if (b->seen[at])
        wrong = "is there twice";
    else if (at < b->next)
        wrong = "does not stand in the order of the table of contents";
    else if (toc_entry_is(entry, "BLOBS") != (block->kind == ARCHIVE_BLOCK_LARGE_OBJECTS))
        wrong = "is not of its entry's kind";
    if (wrong != NULL) {
        error_set("the archive is damaged: data block %d %s", block->dump_id, wrong);
        return NULL;
    }
    b->seen[at] = true;
    b->next = at + 1;
    return entry;
}

int archive_blocks_check_all(const struct archive_blocks *b)
{
    for (size_t i = 0; i < b->toc->n; i++) {
        const struct toc_entry *e = &b->toc->entries[i];

        if (e->had_dumper && !b->seen[i])
            return error_set("the archive is damaged: data block %d (%s) is missing", e->dump_id,
                             e->tag != NULL ? e->tag : "");
    }
    return 0;
}
