#include "archive/toc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/header.h"
#include "base/error.h"

struct toc_entry *toc_append(struct toc *toc)
{
    if (toc->n == toc->size) {
        size_t size = toc->size == 0 ? 64 : toc->size * 2;
        struct toc_entry *entries = realloc(toc->entries, size * sizeof(*entries));

        if (entries == NULL) {
            error_set("out of memory for a table of contents of %zu entries", toc->n);
            return NULL;
        }
        toc->entries = entries;
        toc->size = size;
    }
    toc->entries[toc->n] = (struct toc_entry){0};
    return &toc->entries[toc->n++];
}

struct toc_entry *toc_find(struct toc *toc, int dump_id)
{
    /* Data blocks come in the table's order: the next one is mostly near the last. */
    for (size_t i = 0; i < toc->n; i++) {
        size_t at = (toc->last_found + i) % toc->n;

        if (toc->entries[at].dump_id == dump_id) {
            toc->last_found = at;
            return &toc->entries[at];
        }
    }
    return NULL;
}

bool toc_entry_is(const struct toc_entry *entry, const char *desc)
{
    return entry->desc != NULL && strcmp(entry->desc, desc) == 0;
}

bool toc_entry_is_copied_rows(const struct toc_entry *entry)
{
    return toc_entry_is(entry, "TABLE DATA") && entry->copy_stmt != NULL &&
           entry->copy_stmt[0] != '\0';
}

static int read_deps(struct toc_entry *e, struct wire_in *in)
{
    size_t size = 0;

    for (;;) {
        char *text, *end;
        long id;

        if (wire_get_string(in, &text) != 0)
            return -1;
        if (text == NULL)
            return 0;
        id = strtol(text, &end, 10);
        if (end == text || *end != '\0' || id < 0 || id > INT32_MAX) {
            error_set("the archive's table of contents is damaged: dependency \"%.20s\"", text);
            free(text);
            return -1;
        }
        free(text);
        if (e->n_deps == size) {
            int *deps;

            size = size == 0 ? 8 : size * 2;
            deps = realloc(e->deps, size * sizeof(*deps));
            if (deps == NULL)
                return error_set("out of memory for a table of contents");
            e->deps = deps;
        }
        e->deps[e->n_deps++] = (int)id;
    }
}

/* An entry's strings in the archive's order: some before its section, some before its relkind, the
 * rest before its dependencies. */
#define BEFORE_SECTION 4
#define BEFORE_RELKIND 10
#define ALL_STRINGS    12

static void list_strings(struct toc_entry *e, char **strings[ALL_STRINGS])
{
    char **const in_order[ALL_STRINGS] = {
        &e->table_oid, &e->oid,    &e->tag,        &e->desc,     &e->defn,  &e->drop_stmt,
        &e->copy_stmt, &e->schema, &e->tablespace, &e->table_am, &e->owner, &e->with_oids,
    };

    memcpy(strings, in_order, sizeof(in_order));
}

static int read_strings(char **strings[], size_t from, size_t to, struct wire_in *in)
{
    for (size_t i = from; i < to; i++)
        if (wire_get_string(in, strings[i]) != 0)
            return -1;
    return 0;
}

static int write_strings(char **strings[], size_t from, size_t to, struct wire_out *out)
{
    for (size_t i = from; i < to; i++)
        if (wire_put_string(out, *strings[i]) != 0)
            return -1;
    return 0;
}

static int read_entry(struct toc_entry *e, struct wire_in *in, int minor)
{
    char **strings[ALL_STRINGS];
    int had_dumper;

    list_strings(e, strings);
    if (wire_get_int(in, &e->dump_id) != 0 || wire_get_int(in, &had_dumper) != 0)
        return -1;
    if (e->dump_id <= 0)
        return error_set("the archive's table of contents is damaged: dump id %d", e->dump_id);
    e->had_dumper = had_dumper != 0;
    if (read_strings(strings, 0, BEFORE_SECTION, in) != 0 || wire_get_int(in, &e->section) != 0 ||
        read_strings(strings, BEFORE_SECTION, BEFORE_RELKIND, in) != 0)
        return -1;
    if (e->desc == NULL)
        return error_set("the archive's table of contents is damaged: entry %d is of no kind",
                         e->dump_id);
    if (minor >= ARCHIVE_MINOR_LOS && wire_get_int(in, &e->relkind) != 0)
        return -1;
    if (read_strings(strings, BEFORE_RELKIND, ALL_STRINGS, in) != 0 || read_deps(e, in) != 0)
        return -1;
    return wire_get_offset(in, &e->data_state, &e->data_offset);
}

static int write_entry(struct toc_entry *e, struct wire_out *out, int minor)
{
    char **strings[ALL_STRINGS];

    list_strings(e, strings);
    if (wire_put_int(out, e->dump_id) != 0 || wire_put_int(out, e->had_dumper) != 0)
        return -1;
    if (write_strings(strings, 0, BEFORE_SECTION, out) != 0 || wire_put_int(out, e->section) != 0 ||
        write_strings(strings, BEFORE_SECTION, BEFORE_RELKIND, out) != 0)
        return -1;
    if (minor >= ARCHIVE_MINOR_LOS && wire_put_int(out, e->relkind) != 0)
        return -1;
    if (write_strings(strings, BEFORE_RELKIND, ALL_STRINGS, out) != 0)
        return -1;
    for (size_t i = 0; i < e->n_deps; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", e->deps[i]);
        if (wire_put_string(out, text) != 0)
            return -1;
    }
    if (wire_put_string(out, NULL) != 0)
        return -1;
    return wire_put_offset(out, e->data_state, e->data_offset);
}

int toc_read(struct toc *toc, struct wire_in *in, int minor)
{
    int n;

    *toc = (struct toc){0};
    if (wire_get_int(in, &n) != 0)
        return -1;
    if (n < 0)
        return error_set("the archive's table of contents is damaged: %d entries", n);
    for (int i = 0; i < n; i++) {
        struct toc_entry *e = toc_append(toc);

        if (e == NULL || read_entry(e, in, minor) != 0)
            return -1;
    }
    return 0;
}

int toc_write(struct toc *toc, struct wire_out *out, int minor)
{
    if (wire_put_int(out, (int)toc->n) != 0)
        return -1;
    for (size_t i = 0; i < toc->n; i++)
        if (write_entry(&toc->entries[i], out, minor) != 0)
            return -1;
    return 0;
}

void toc_entry_clear(struct toc_entry *entry)
{
    char **strings[ALL_STRINGS];

    list_strings(entry, strings);
    for (size_t i = 0; i < ALL_STRINGS; i++)
        free(*strings[i]);
    free(entry->deps);
    *entry = (struct toc_entry){0};
}

/* Copies what the entry owns, beside all that it does not. */
static int copy_entry(struct toc_entry *to, const struct toc_entry *from)
{
    struct toc_entry source = *from;
    char **strings[ALL_STRINGS], **sources[ALL_STRINGS];

    *to = *from;
    to->deps = NULL;
    list_strings(to, strings);
    list_strings(&source, sources);
    for (size_t i = 0; i < ALL_STRINGS; i++)
        *strings[i] = NULL;
    for (size_t i = 0; i < ALL_STRINGS; i++)
        if (wire_copy_string(strings[i], *sources[i]) != 0)
            return -1;
    if (from->n_deps == 0)
        return 0;
    to->deps = malloc(from->n_deps * sizeof(*to->deps));
    if (to->deps == NULL)
        return error_set("out of memory for a table of contents");
    memcpy(to->deps, from->deps, from->n_deps * sizeof(*to->deps));
    return 0;
}

struct toc_entry *toc_append_copy(struct toc *toc, const struct toc_entry *entry)
{
    struct toc_entry *e = toc_append(toc);

    return e != NULL && copy_entry(e, entry) == 0 ? e : NULL;
}

void toc_free(struct toc *toc)
{
    for (size_t i = 0; i < toc->n; i++)
        toc_entry_clear(&toc->entries[i]);
    free(toc->entries);
    *toc = (struct toc){0};
}

void toc_encoding(const struct toc *toc, char encoding[TOC_ENCODING_SIZE])
{
    encoding[0] = '\0';
    for (size_t i = 0; i < toc->n && encoding[0] == '\0'; i++) {
        const struct toc_entry *e = &toc->entries[i];

        if (!toc_entry_is(e, "ENCODING") || e->defn == NULL ||
            sscanf(e->defn, "SET client_encoding = '%31[A-Za-z0-9_]'", encoding) != 1)
            encoding[0] = '\0';
    }
}

int toc_entry_add_name(const struct toc_entry *entry, struct buf *b)
{
    if (entry->schema != NULL && *entry->schema != '\0' &&
        (buf_add_visible(b, entry->schema) != 0 || buf_add_text(b, ".") != 0))
        return -1;
    return buf_add_visible(b, entry->tag != NULL ? entry->tag : "");
}
