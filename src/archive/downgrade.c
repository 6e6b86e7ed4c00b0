#include "archive/downgrade.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

/* The oid of the system catalog pg_largeobject_metadata, the same in every version. */
#define LARGE_OBJECT_CATALOG "2613"

#define GROUP_TAG  "LARGE OBJECTS "
#define SINGLE_TAG "LARGE OBJECT "

int archive_minor_for_pg(int pg_major)
{
    if (pg_major < 12)
        return error_set("archives for pg_restore %d cannot be made: 12 is the oldest", pg_major);
    return pg_major < 16 ? 14 : pg_major < 17 ? 15 : 16;
}

/* Rewriting makes a second table; what an entry owns moves there. */
struct rewrite {
    struct toc *from;
    struct toc to;
    int last_dump_id; /* the highest that is taken */
};

static int move_entry(struct rewrite *rw, struct toc_entry *entry)
{
    struct toc_entry *moved = toc_append(&rw->to);

    if (moved == NULL)
        return -1;
    *moved = *entry;
    *entry = (struct toc_entry){0};
    return 0;
}

/* Appends an entry that has what all the entries made of `like` have in common. The first of them
 * keeps its dump id, since others depend on it. */
static struct toc_entry *append_like(struct rewrite *rw, const struct toc_entry *like, bool first)
{
    struct toc_entry *e = toc_append(&rw->to);

    if (e == NULL)
        return NULL;
    if (!first && rw->last_dump_id == INT_MAX) {
        error_set("the archive has no dump ids left for single large objects");
        return NULL;
    }
    e->dump_id = first ? like->dump_id : ++rw->last_dump_id;
    e->data_state = WIRE_OFFSET_NO_DATA;
    if (wire_copy_string(&e->owner, like->owner) != 0 ||
        wire_copy_string(&e->with_oids, like->with_oids) != 0 ||
        wire_copy_string(&e->schema, like->schema) != 0 ||
        wire_copy_string(&e->tablespace, like->tablespace) != 0)
        return NULL;
    if (like->n_deps > 0) {
        e->deps = malloc(like->n_deps * sizeof(*e->deps));
        if (e->deps == NULL) {
            error_set("out of memory for a table of contents");
            return NULL;
        }
        memcpy(e->deps, like->deps, like->n_deps * sizeof(*e->deps));
        e->n_deps = like->n_deps;
    }
    return e;
}

/* Steps through a BLOB METADATA entry's definition, one oid a line. Returns 1 with the next, 0 at
 * the end, -1 with the error set where it is anything else. */
static int next_oid(const char **list, unsigned long *oid)
{
    char *end = NULL;

    if (**list == '\0')
        return 0;
    *oid = isdigit((unsigned char)**list) ? strtoul(*list, &end, 10) : 0;
    if (*oid == 0 || *oid > UINT32_MAX || *end != '\n')
        return error_set("the archive is damaged: \"%.20s\" in a list of large objects", *list);
    *list = end + 1;
    return 1;
}

static int number_text(char **to, const char *before, unsigned long number, const char *behind)
{
    char text[80];

    snprintf(text, sizeof(text), "%s%lu%s", before, number, behind);
    return wire_copy_string(to, text);
}

/* One BLOB entry for each large object that a BLOB METADATA entry lists. */
static int expand_metadata(struct rewrite *rw, const struct toc_entry *metadata)
{
    const char *list = metadata->defn != NULL ? metadata->defn : "";
    bool first = true;
    unsigned long oid;
    int more;

    for (; (more = next_oid(&list, &oid)) > 0; first = false) {
        struct toc_entry *e = append_like(rw, metadata, first);

        if (e == NULL)
            return -1;
        e->section = TOC_SECTION_PRE_DATA;
        if (wire_copy_string(&e->desc, "BLOB") != 0 ||
            wire_copy_string(&e->table_oid, LARGE_OBJECT_CATALOG) != 0 ||
            number_text(&e->oid, "", oid, "") != 0 || number_text(&e->tag, "", oid, "") != 0 ||
            number_text(&e->defn, "SELECT pg_catalog.lo_create('", oid, "');\n") != 0 ||
            number_text(&e->drop_stmt, "SELECT pg_catalog.lo_unlink('", oid, "');\n") != 0)
            return -1;
    }
    return more;
}

/* The commands with each `LARGE OBJECT N` about this oid instead. Role names may hold the same
 * words, in double quotes. NULL with the error set. */
static char *commands_about(const char *commands, unsigned long oid)
{
    struct buf b = {0};
    bool quoted = false;

    for (const char *at = commands; *at != '\0';) {
        size_t step = 1;
        int rc;

        if (*at == '"')
            quoted = !quoted;
        if (!quoted && strncmp(at, SINGLE_TAG, strlen(SINGLE_TAG)) == 0) {
            step = strlen(SINGLE_TAG);
            step += strspn(at + step, "0123456789");
            rc = buf_printf(&b, SINGLE_TAG "%lu", oid);
        } else {
            rc = buf_add(&b, at, 1);
        }
        if (rc != 0) {
            buf_free(&b);
            return NULL;
        }
        at += step;
    }
    return buf_take(&b);
}

/* One entry for each large object of a group that grants belong to. */
static int expand_group(struct rewrite *rw, const struct toc_entry *group)
{
    const struct toc_entry *metadata =
        group->n_deps > 0 ? toc_find(rw->from, group->deps[0]) : NULL;
    const char *list;
    bool first = true;
    unsigned long oid;
    int more;

    if (metadata == NULL || !toc_entry_is(metadata, "BLOB METADATA") || metadata->defn == NULL)
        return error_set("the archive is damaged: \"%s\" belongs to no large objects", group->tag);
    list = metadata->defn;
    for (; (more = next_oid(&list, &oid)) > 0; first = false) {
        struct toc_entry *e = append_like(rw, group, first);

        if (e == NULL)
            return -1;
        e->section = group->section;
        if (wire_copy_string(&e->desc, group->desc) != 0 ||
            wire_copy_string(&e->table_oid, group->table_oid) != 0 ||
            wire_copy_string(&e->oid, group->oid) != 0 ||
            wire_copy_string(&e->drop_stmt, group->drop_stmt) != 0 ||
            wire_copy_string(&e->copy_stmt, group->copy_stmt) != 0 ||
            number_text(&e->tag, SINGLE_TAG, oid, "") != 0)
            return -1;
        e->defn = commands_about(group->defn != NULL ? group->defn : "", oid);
        if (e->defn == NULL)
            return -1;
    }
    return more;
}

static bool is_group(const struct toc_entry *entry)
{
    return entry->tag != NULL && strncmp(entry->tag, GROUP_TAG, strlen(GROUP_TAG)) == 0 &&
           toc_entry_is(entry, "ACL");
}

static int rewrite_large_objects(struct toc *toc)
{
    struct rewrite rw = {.from = toc};
    int rc = 0;

    for (size_t i = 0; i < toc->n; i++)
        if (toc->entries[i].dump_id > rw.last_dump_id)
            rw.last_dump_id = toc->entries[i].dump_id;
    for (size_t i = 0; i < toc->n && rc == 0; i++) {
        struct toc_entry *entry = &toc->entries[i];

        if (toc_entry_is(entry, "BLOB METADATA"))
            rc = expand_metadata(&rw, entry);
        else if (is_group(entry))
            rc = expand_group(&rw, entry);
        else
            rc = move_entry(&rw, entry);
    }
    toc_free(toc);
    *toc = rw.to;
    return rc;
}

int archive_downgrade(struct archive_header *header, struct toc *toc, int minor)
{
    if (header->minor <= minor)
        return 0;
    if (header->minor >= ARCHIVE_MINOR_LOS && minor < ARCHIVE_MINOR_LOS &&
        rewrite_large_objects(toc) != 0)
        return -1;
    header->minor = minor;
    header->revision = 0;
    return 0;
}
