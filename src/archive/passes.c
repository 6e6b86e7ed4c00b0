#include "archive/passes.h"

#include <stdlib.h>
#include <string.h>

#include "archive/downgrade.h"
#include "archive/writer.h"
#include "base/error.h"

/* What pg_restore executes where a definition stands: not even a comment would be an entry that it
 * has nothing to do for, its drop statement included. */
#define NO_DEFINITION "-- dropped\n"

static bool is_grant(const struct toc_entry *e)
{
    return toc_entry_is(e, "ACL") || toc_entry_is(e, "DEFAULT ACL");
}

void archive_passes_find(const struct toc *toc, enum archive_pass *passes)
{
    enum archive_pass last = ARCHIVE_PASS_PRE_DATA;

    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];

        if (e->section == TOC_SECTION_PRE_DATA)
            last = ARCHIVE_PASS_PRE_DATA;
        if (e->section == TOC_SECTION_DATA)
            last = ARCHIVE_PASS_DATA;
        if (e->section == TOC_SECTION_POST_DATA)
            last = ARCHIVE_PASS_POST_DATA;
        passes[i] = is_grant(e) ? ARCHIVE_PASS_POST_DATA : last;
    }
}

/* What pg_restore sets its session by. */
static bool is_setting(const struct toc_entry *e)
{
    return toc_entry_is(e, "ENCODING") || toc_entry_is(e, "STDSTRINGS") ||
           toc_entry_is(e, "SEARCHPATH");
}

static bool is_dropped(const struct toc_entry *e)
{
    return (e->drop_stmt != NULL && e->drop_stmt[0] != '\0') || toc_entry_is(e, "BLOB METADATA");
}

/* Leaves of an entry what it is dropped by. */
static int strip(struct toc_entry *e)
{
    if (is_setting(e))
        return 0;
    free(e->defn);
    e->defn = strdup(NO_DEFINITION);
    /* Else it would get its owner once more. */
    if (e->owner != NULL)
        e->owner[0] = '\0';
    free(e->tablespace);
    e->tablespace = NULL;
    free(e->table_am);
    e->table_am = NULL;
    e->had_dumper = false;
    return e->defn != NULL ? 0 : error_set("out of memory for a table of contents");
}

int archive_passes_make_drops(const struct toc *toc, const bool *wanted, struct toc *drops,
                              size_t *n)
{
    struct archive_header form = {.minor = ARCHIVE_MINOR_NEWEST};

    *drops = (struct toc){0};
    *n = 0;
    for (size_t i = 0; i < toc->n; i++) {
        const struct toc_entry *e = &toc->entries[i];
        const bool is_chosen = wanted[i] && is_dropped(e);

        if ((is_setting(e) || is_chosen) && toc_append_copy(drops, e) == NULL)
            return -1;
        *n += is_chosen;
    }
    if (archive_downgrade(&form, drops, ARCHIVE_MINOR_OLDEST) != 0)
        return -1;
    for (size_t i = 0; i < drops->n; i++)
        if (strip(&drops->entries[i]) != 0)
            return -1;
    return 0;
}

static int add_to_buf(void *self, const void *data, size_t len)
{
    return buf_add(self, data, len);
}

int archive_passes_write(const struct archive_header *header, struct toc *toc, struct buf *archive)
{
    const struct writer out = {.write = add_to_buf, .self = archive};
    struct archive_writer *writer = archive_writer_new(out, header, toc, 1);
    int rc = writer != NULL ? archive_writer_finish(writer) : -1;

    archive_writer_free(writer);
    return rc;
}
