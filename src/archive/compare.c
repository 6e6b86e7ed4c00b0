#include "archive/compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/linediff.h"
#include "base/buf.h"
#include "base/error.h"

struct compare {
    const struct archive_side *drop, *database;
    const struct archive_compare_options *options;
    const struct archive_compare_observer *observer;
    struct archive_compared *compared;
};

/* An entry that is compared, and what its data amounts to, or NULL. */
struct item {
    const struct toc_entry *entry;
    const struct archive_block_sum *sum;
};

/* Those of one side, in the order of by_name(). */
struct list {
    struct item *items;
    size_t n;
};

static int compare_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int compare_names(const struct toc_entry *a, const struct toc_entry *b)
{
    int rc = compare_text(a->desc, b->desc);

    if (rc == 0)
        rc = compare_text(a->schema, b->schema);
    return rc != 0 ? rc : compare_text(a->tag, b->tag);
}

/* Default privileges of one schema have one name, whosever they are: then the text decides. */
static int by_name(const void *a, const void *b)
{
    const struct toc_entry *one = ((const struct item *)a)->entry;
    const struct toc_entry *other = ((const struct item *)b)->entry;
    int rc = compare_names(one, other);

    if (rc == 0)
        rc = compare_text(one->owner, other->owner);
    return rc != 0 ? rc : compare_text(one->defn, other->defn);
}

static bool is_acl(const struct toc_entry *e)
{
    return toc_entry_is(e, "ACL") || toc_entry_is(e, "DEFAULT ACL");
}

/* The database, its properties, and what is said of it. */
static bool is_of_database(const struct toc_entry *e)
{
    static const char word[] = "DATABASE ";

    if (toc_entry_is(e, "DATABASE") || toc_entry_is(e, "DATABASE PROPERTIES"))
        return true;
    return (is_acl(e) || toc_entry_is(e, "COMMENT") || toc_entry_is(e, "SECURITY LABEL")) &&
           e->tag != NULL && strncmp(e->tag, word, strlen(word)) == 0;
}

/* Large objects and what is said of them. */
static bool is_of_large_objects(const struct toc_entry *e)
{
    static const char word[] = "LARGE OBJECT";

    return toc_entry_is(e, "BLOB") || toc_entry_is(e, "BLOB METADATA") ||
           toc_entry_is(e, "BLOBS") ||
           (e->section == TOC_SECTION_NONE && e->tag != NULL &&
            strncmp(e->tag, word, strlen(word)) == 0);
}

/* What a dump of the schema alone does not have. */
static bool is_data(const struct toc_entry *e)
{
    return e->section == TOC_SECTION_DATA || is_of_large_objects(e) ||
           toc_entry_is(e, "MATERIALIZED VIEW DATA");
}

static bool is_compared(const struct compare *c, const struct toc_entry *e)
{
    const bool with_data = c->drop->sums != NULL && c->database->sums != NULL;

    if (is_of_database(e) || (c->options->no_acl && is_acl(e)) ||
        (c->options->other_large_objects && is_of_large_objects(e)))
        return false;
    return with_data || !is_data(e);
}

/* Data blocks stand in the order of the table of contents. */
static int make_list(const struct compare *c, const struct archive_side *side, struct list *list)
{
    const struct archive_summary *sums = side->sums;
    const struct toc *toc = side->toc;
    size_t next = 0;

    list->n = 0;
    list->items = calloc(toc->n + 1, sizeof(*list->items));
    if (list->items == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < toc->n; i++) {
        struct item item = {.entry = &toc->entries[i]};

        if (sums != NULL && next < sums->n && sums->blocks[next].dump_id == item.entry->dump_id)
            item.sum = &sums->blocks[next++];
        if (is_compared(c, item.entry))
            list->items[list->n++] = item;
    }
    qsort(list->items, list->n, sizeof(*list->items), by_name);
    return 0;
}

static int tell(const struct compare *c, enum archive_difference difference,
                const struct toc_entry *entry, const struct buf *detail)
{
    if (difference == ARCHIVE_NOT_COMPARED)
        c->compared->not_compared++;
    else
        c->compared->differences++;
    return c->observer->difference(c->observer->self, difference, entry, buf_text(detail));
}

/* Adds "NAME: ONE in the drop, OTHER in the database" where they differ. */
static int compare_field(struct buf *detail, const char *name, const char *one, const char *other)
{
    if (compare_text(one, other) == 0)
        return 0;
    if (buf_printf(detail, "%s: ", name) != 0 ||
        buf_add_visible(detail, one != NULL ? one : "none") != 0 ||
        buf_add_text(detail, " in the drop, ") != 0 ||
        buf_add_visible(detail, other != NULL ? other : "none") != 0)
        return -1;
    return buf_add_text(detail, " in the database\n");
}

/* Whether it has an owner of its own. What depends on a table has the table's. */
static bool has_owner(const struct toc_entry *e)
{
    static const char *const dependent[] = {"DEFAULT", "TABLE ATTACH", "SEQUENCE OWNED BY",
                                            "CHECK CONSTRAINT"};
    static const char *const late[] = {"EVENT TRIGGER", "PUBLICATION", "STATISTICS",
                                       "SUBSCRIPTION"};

    for (size_t i = 0; i < sizeof(dependent) / sizeof(dependent[0]); i++)
        if (toc_entry_is(e, dependent[i]))
            return false;
    for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++)
        if (toc_entry_is(e, late[i]))
            return true;
    return e->section == TOC_SECTION_PRE_DATA;
}

/* Adds what differs in what both sides say of an object, but for the text. */
static int compare_fields(const struct compare *c, struct buf *detail, const struct toc_entry *one,
                          const struct toc_entry *other)
{
    if (!c->options->no_owner && has_owner(one) &&
        compare_field(detail, "owner", one->owner, other->owner) != 0)
        return -1;
    if (compare_field(detail, "tablespace", one->tablespace, other->tablespace) != 0)
        return -1;
    return compare_field(detail, "access method", one->table_am, other->table_am);
}

static int compare_objects(const struct compare *c, const struct toc_entry *one,
                           const struct toc_entry *other)
{
    struct buf detail = {0};
    /* A number of a sequence is no text of the server's. */
    const bool is_text = c->options->other_major && !toc_entry_is(one, "SEQUENCE SET");
    enum archive_difference difference;
    int rc = compare_fields(c, &detail, one, other);

    difference = detail.len == 0 && is_text ? ARCHIVE_NOT_COMPARED : ARCHIVE_DIFFERENT;
    if (rc == 0)
        rc = linediff_add(&detail, one->defn, other->defn);
    if (rc == 0)
        rc = linediff_add(&detail, one->copy_stmt, other->copy_stmt);
    if (rc == 0 && detail.len > 0)
        rc = tell(c, difference, one, &detail);
    buf_free(&detail);
    return rc;
}

static bool same_sum(const struct archive_block_sum *a, const struct archive_block_sum *b)
{
    return a->rows == b->rows && a->bytes == b->bytes && a->hash.low == b->hash.low &&
           a->hash.high == b->hash.high;
}

/* Adds how data differs that has the same number of rows. Says how certain that is. */
static int explain_sums(struct buf *detail, const struct item *one, const struct item *other,
                        enum archive_difference *difference)
{
    const char *why = "they are not the same";

    *difference = ARCHIVE_DIFFERENT;
    if (one->sum->chunks == 0) {
        *difference = ARCHIVE_NOT_COMPARED;
        why = "the drop has no hash of them";
    } else if (!toc_entry_is(one->entry, "BLOBS") && (!one->sum->of_rows || !other->sum->of_rows)) {
        *difference = ARCHIVE_NOT_COMPARED;
        why = "they are not the same, or in another order: pg_dump wrote them itself";
    }
    return buf_printf(detail, "%" PRIu64 " rows on both sides: %s\n", one->sum->rows, why);
}

static int compare_data(const struct compare *c, const struct item *one, const struct item *other)
{
    enum archive_difference difference = ARCHIVE_DIFFERENT;
    struct buf detail = {0};
    int rc;

    if (toc_entry_is(one->entry, "TABLE DATA")) {
        c->compared->tables++;
        c->compared->rows += one->sum->rows;
    }
    if (same_sum(one->sum, other->sum))
        return 0;
    if (one->sum->rows != other->sum->rows)
        rc = buf_printf(&detail, "%" PRIu64 " rows in the drop, %" PRIu64 " in the database\n",
                        one->sum->rows, other->sum->rows);
    else
        rc = explain_sums(&detail, one, other, &difference);
    if (rc == 0)
        rc = tell(c, difference, one->entry, &detail);
    buf_free(&detail);
    return rc;
}

static int compare_items(const struct compare *c, const struct item *one, const struct item *other)
{
    c->compared->objects++;
    if (compare_objects(c, one->entry, other->entry) != 0)
        return -1;
    return one->sum != NULL && other->sum != NULL ? compare_data(c, one, other) : 0;
}

static int compare_lists(const struct compare *c, const struct list *drop,
                         const struct list *database)
{
    static const struct buf nothing = {0};
    size_t i = 0, j = 0;
    int rc = 0;

    while (rc == 0 && (i < drop->n || j < database->n)) {
        int order = i == drop->n ? 1
                    : j == database->n
                        ? -1
                        : compare_names(drop->items[i].entry, database->items[j].entry);

        if (order == 0)
            rc = compare_items(c, &drop->items[i++], &database->items[j++]);
        else if (order < 0)
            rc = tell(c, ARCHIVE_MISSING, drop->items[i++].entry, &nothing);
        else
            rc = tell(c, ARCHIVE_EXTRA, database->items[j++].entry, &nothing);
    }
    return rc;
}

/* Says once that those of the drop are not compared, where that is so and it has any. */
static int tell_of_large_objects(const struct compare *c)
{
    struct buf why = {0};
    const struct toc *toc = c->drop->toc;
    int rc = 0;

    for (size_t i = 0; c->options->other_large_objects && rc == 0 && i < toc->n; i++)
        if (toc_entry_is(&toc->entries[i], "BLOBS")) {
            rc = buf_add_text(&why,
                              "another version of pg_dump lists large objects in another way\n");
            if (rc == 0)
                rc = tell(c, ARCHIVE_NOT_COMPARED, &toc->entries[i], &why);
            break;
        }
    buf_free(&why);
    return rc;
}

int archive_compare(const struct archive_side *drop, const struct archive_side *database,
                    const struct archive_compare_options *options,
                    const struct archive_compare_observer *observer,
                    struct archive_compared *compared)
{
    const struct compare c = {.drop = drop,
                              .database = database,
                              .options = options,
                              .observer = observer,
                              .compared = compared};
    struct list one = {0}, other = {0};
    int rc;

    *compared = (struct archive_compared){0};
    rc = make_list(&c, drop, &one);
    if (rc == 0)
        rc = make_list(&c, database, &other);
    if (rc == 0)
        rc = compare_lists(&c, &one, &other);
    if (rc == 0 && drop->sums != NULL)
        rc = tell_of_large_objects(&c);
    free(one.items);
    free(other.items);
    return rc;
}
