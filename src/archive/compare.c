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

/* Whether the entry's kind is in the list, which a NULL ends. */
static bool is_one_of(const struct toc_entry *e, const char *const *kinds)
{
    for (; *kinds != NULL; kinds++)
        if (toc_entry_is(e, *kinds))
            return true;
    return false;
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

    /* Estimates, which change by themselves. */
    if (toc_entry_is(e, "STATISTICS DATA"))
        return false;
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
    if (sums != NULL && next < sums->n)
        return error_set("data block %d is in no table of contents", sums->blocks[next].dump_id);
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
                                            "CHECK CONSTRAINT", NULL};
    static const char *const late[] = {"EVENT TRIGGER", "PUBLICATION",   "STATISTICS",
                                       "SUBSCRIPTION",  "BLOB METADATA", NULL};

    if (is_one_of(e, dependent))
        return false;
    return e->section == TOC_SECTION_PRE_DATA || is_one_of(e, late);
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

static bool contains(const char *text, size_t len, const char *word)
{
    return memmem(text, len, word, strlen(word)) != NULL;
}

/* Whether a line of a table's definition has an expression, which the server writes anew. */
static bool has_expression(const char *line, size_t len)
{
    static const char *const words[] = {"DEFAULT", "CHECK", "GENERATED", "PARTITION"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (contains(line, len, words[i]))
            return true;
    return false;
}

static bool all_lines(const char *line, size_t len)
{
    (void)line;
    (void)len;
    return true;
}

/* Which lines of its definition the server has written from what it has parsed, and so each version
 * in its own way; NULL: none. */
static linediff_skip *deparsed_lines(const struct toc_entry *e)
{
    static const char *const kinds[] = {"VIEW",       "MATERIALIZED VIEW", "RULE",    "INDEX",
                                        "CONSTRAINT", "CHECK CONSTRAINT",  "DEFAULT", "TRIGGER",
                                        "POLICY",     "STATISTICS",        "DOMAIN",  NULL};

    if (is_one_of(e, kinds))
        return all_lines;
    if (toc_entry_is(e, "TABLE") || toc_entry_is(e, "FOREIGN TABLE"))
        return has_expression;
    if ((toc_entry_is(e, "FUNCTION") || toc_entry_is(e, "PROCEDURE")) && e->defn != NULL &&
        (strstr(e->defn, "BEGIN ATOMIC") != NULL || strstr(e->defn, " DEFAULT ") != NULL))
        return all_lines;
    return NULL;
}

/* Adds what differs for certain. */
static int compare_certain(const struct compare *c, struct buf *detail, const struct toc_entry *one,
                           const struct toc_entry *other)
{
    linediff_skip *skip = c->options->other_major ? deparsed_lines(one) : NULL;

    if (compare_fields(c, detail, one, other) != 0 ||
        linediff_add(detail, one->defn, other->defn, skip) != 0)
        return -1;
    return linediff_add(detail, one->copy_stmt, other->copy_stmt, NULL);
}

static int compare_objects(const struct compare *c, const struct toc_entry *one,
                           const struct toc_entry *other)
{
    struct buf detail = {0};
    enum archive_difference difference = ARCHIVE_DIFFERENT;
    int rc = compare_certain(c, &detail, one, other);

    if (rc == 0 && detail.len == 0) {
        difference = ARCHIVE_NOT_COMPARED;
        rc = linediff_add(&detail, one->defn, other->defn, NULL);
    }
    if (rc == 0 && detail.len > 0)
        rc = tell(c, difference, one, &detail);
    buf_free(&detail);
    return rc;
}

static bool same_sum(const struct archive_block_sum *a, const struct archive_block_sum *b)
{
    return a->rows == b->rows && a->bytes == b->bytes && a->of_rows == b->of_rows &&
           (a->of_rows ? sethash_equal(&a->hash, &b->hash)
                       : sethash_equal(&a->content, &b->content));
}

/* Why data that has the same number of rows is not the same, or NULL where that is not known. */
static const char *why_unknown(const struct archive_block_sum *one,
                               const struct archive_block_sum *other)
{
    if (one->chunks == 0 && other->chunks > 0 && one->bytes > 0)
        return "the drop has no hash of them";
    if (one->of_rows != other->of_rows)
        return "pg_dump wrote them itself on one side only";
    return NULL;
}

static int explain_sums(struct buf *detail, const struct archive_block_sum *one,
                        const struct archive_block_sum *other, const char *unknown)
{
    if (one->rows != other->rows)
        return buf_printf(detail, "%" PRIu64 " rows in the drop, %" PRIu64 " in the database\n",
                          one->rows, other->rows);
    if (one->rows == 0)
        return buf_printf(detail, "%s\n", unknown != NULL ? unknown : "the data is not the same");
    return buf_printf(detail, "%" PRIu64 " rows on both sides: %s\n", one->rows,
                      unknown != NULL ? unknown : "they are not the same");
}

static int compare_data(const struct compare *c, const struct item *one, const struct item *other)
{
    const char *unknown =
        one->sum->rows == other->sum->rows ? why_unknown(one->sum, other->sum) : NULL;
    struct buf detail = {0};
    int rc = 0;

    if (unknown == NULL && toc_entry_is(one->entry, "TABLE DATA")) {
        c->compared->tables++;
        c->compared->rows += one->sum->rows;
    }
    if (!same_sum(one->sum, other->sum))
        rc = explain_sums(&detail, one->sum, other->sum, unknown);
    if (rc == 0 && detail.len > 0)
        rc = tell(c, unknown != NULL ? ARCHIVE_NOT_COMPARED : ARCHIVE_DIFFERENT, one->entry,
                  &detail);
    buf_free(&detail);
    return rc;
}

static int tell_of_one_side(const struct compare *c, const struct item *one)
{
    struct buf detail = {0};
    int rc = buf_printf(&detail, "there is data %s\n",
                        one->sum != NULL ? "only in the drop" : "only in the database");

    if (rc == 0)
        rc = tell(c, ARCHIVE_DIFFERENT, one->entry, &detail);
    buf_free(&detail);
    return rc;
}

static int compare_items(const struct compare *c, const struct item *one, const struct item *other)
{
    c->compared->objects++;
    if (compare_objects(c, one->entry, other->entry) != 0)
        return -1;
    if ((one->sum == NULL) != (other->sum == NULL))
        return tell_of_one_side(c, one);
    return one->sum != NULL ? compare_data(c, one, other) : 0;
}

static int compare_lists(const struct compare *c, const struct list *drop,
                         const struct list *database)
{
    static const struct buf nothing = {0};
    size_t i = 0, j = 0;
    int rc = 0;

    while (rc == 0 && i < drop->n && j < database->n) {
        const struct item *one = &drop->items[i], *other = &database->items[j];
        const int order = compare_names(one->entry, other->entry);

        i += order <= 0;
        j += order >= 0;
        if (order == 0)
            rc = compare_items(c, one, other);
        else
            rc = order < 0 ? tell(c, ARCHIVE_MISSING, one->entry, &nothing)
                           : tell(c, ARCHIVE_EXTRA, other->entry, &nothing);
    }
    for (; rc == 0 && i < drop->n; i++)
        rc = tell(c, ARCHIVE_MISSING, drop->items[i].entry, &nothing);
    for (; rc == 0 && j < database->n; j++)
        rc = tell(c, ARCHIVE_EXTRA, database->items[j].entry, &nothing);
    return rc;
}

/* Says once that large objects are not compared, where that is so and a side has any. */
static int tell_of_large_objects(const struct compare *c)
{
    const struct toc *tocs[] = {c->drop->toc, c->database->toc};
    const struct toc_entry *first = NULL;
    struct buf why = {0};
    int rc;

    for (size_t side = 0; side < 2 && first == NULL; side++)
        for (size_t i = 0; i < tocs[side]->n && first == NULL; i++)
            if (toc_entry_is(&tocs[side]->entries[i], "BLOBS"))
                first = &tocs[side]->entries[i];
    if (!c->options->other_large_objects || first == NULL)
        return 0;
    rc = buf_add_text(&why, "another version of pg_dump lists large objects in another way\n");
    if (rc == 0)
        rc = tell(c, ARCHIVE_NOT_COMPARED, first, &why);
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
