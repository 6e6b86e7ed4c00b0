#include "flow/selection.h"

#include <stdlib.h>
#include <string.h>

#include "archive/downgrade.h"
#include "base/error.h"
#include "pg/pgrestore.h"

#define OLDEST_PG_RESTORE 12

/* The first pg_restore that reads each version of archives, from ARCHIVE_MINOR_OLDEST on. */
static const int first_major[] = {12, 16, 17};

int selection_find_pg_restore(const struct archive_header *header, struct pg_tool *pg_restore)
{
    const int fitting = first_major[header->minor - ARCHIVE_MINOR_OLDEST];

    if (pg_tool_find(pg_restore, "pg_restore", fitting) == 0)
        return 0;
    return pg_tool_find(pg_restore, "pg_restore", OLDEST_PG_RESTORE);
}

static int copy_toc(struct selection *s, const struct toc *toc)
{
    for (size_t i = 0; i < toc->n; i++)
        if (toc_append_copy(&s->toc, &toc->entries[i]) == NULL)
            return -1;
    return 0;
}

/* Takes over the local form, with no data compressed: not every pg_restore can do that. */
static int make_form(struct selection *s, const struct archive_header *header,
                     const struct toc *toc, const struct pg_tool *pg_restore)
{
    const int minor = archive_minor_for_pg(pg_restore->major);

    if (minor < 0 || archive_header_copy(&s->header, header) != 0 || copy_toc(s, toc) != 0 ||
        archive_downgrade(&s->header, &s->toc, minor) != 0)
        return -1;
    s->header.compression = ARCHIVE_PLAIN;
    return archive_passes_write(&s->header, &s->toc, &s->archive);
}

static int make_room(struct selection *s)
{
    s->passes = calloc(s->toc.n + 1, sizeof(*s->passes));
    s->wanted = calloc(s->toc.n + 1, sizeof(*s->wanted));
    return s->passes != NULL && s->wanted != NULL ? 0 : error_set("out of memory");
}

static int take_listed(struct selection *s, int dump_id)
{
    const struct toc_entry *e = toc_find(&s->toc, dump_id);
    enum archive_pass pass;
    size_t at;

    if (e == NULL)
        return error_set("pg_restore lists an entry %d that is not in the archive", dump_id);
    at = (size_t)(e - s->toc.entries);
    pass = s->passes[at];
    s->wanted[at] = true;
    s->n[pass]++;
    return buf_printf(&s->lists[pass], "%d\n", dump_id);
}

static int take_list(struct selection *s, const char *list)
{
    int dump_id, more;

    while ((more = pg_restore_list_next(&list, &dump_id)) > 0)
        if (take_listed(s, dump_id) != 0)
            return -1;
    return more;
}

static int ask(struct selection *s, const struct pg_tool *pg_restore, const char *const *user)
{
    struct buf list = {0};
    int rc = pg_restore_list(pg_restore->path, &s->archive, user, &list);

    if (rc == 0)
        rc = take_list(s, buf_text(&list));
    buf_free(&list);
    return rc;
}

int selection_make(struct selection *s, const struct archive_header *header, const struct toc *toc,
                   const struct pg_tool *pg_restore, const char *const *user)
{
    *s = (struct selection){0};
    if (make_form(s, header, toc, pg_restore) != 0 || make_room(s) != 0)
        return -1;
    archive_passes_find(&s->toc, s->passes);
    return ask(s, pg_restore, user);
}

/* Whether the entry is of large objects, or says something of another. */
static bool is_beside(const struct toc_entry *e)
{
    return toc_entry_is(e, "BLOB") || toc_entry_is(e, "BLOB METADATA") ||
           toc_entry_is(e, "COMMENT") || toc_entry_is(e, "SECURITY LABEL");
}

bool selection_creates(const struct selection *s)
{
    for (size_t i = 0; i < s->toc.n; i++)
        if (s->wanted[i] && s->passes[i] == ARCHIVE_PASS_PRE_DATA && !is_beside(&s->toc.entries[i]))
            return true;
    return false;
}

int selection_add_drops(const struct selection *s, struct buf *archive, size_t *n)
{
    struct archive_header header = s->header;
    struct toc drops;
    int rc = archive_passes_make_drops(&s->toc, s->wanted, &drops, n);

    header.minor = ARCHIVE_MINOR_OLDEST;
    header.revision = 0;
    if (rc == 0)
        rc = archive_passes_write(&header, &drops, archive);
    toc_free(&drops);
    return rc;
}

void selection_free(struct selection *s)
{
    for (size_t i = 0; i < ARCHIVE_PASSES; i++)
        buf_free(&s->lists[i]);
    buf_free(&s->archive);
    toc_free(&s->toc);
    archive_header_free(&s->header);
    free(s->passes);
    free(s->wanted);
    *s = (struct selection){0};
}
