/* For the tests of src/archive: archives in memory, made field by field and taken apart again. */
#ifndef TESTS_ARCHIVE_MEMORY_H
#define TESTS_ARCHIVE_MEMORY_H

#include "age_memory.h"
#include "archive/toc.h"
#include "archive/wire.h"
#include "archive/writer.h"
#include "base/error.h"

#include <stdio.h>
#include <zstd.h>

#define assert_error_has(part) assert_non_null(strstr(error_text(), part))

/* What is put into `out` goes to `to`, once wire_flush() was called. */
struct wire_to_memory {
    struct memory to;
    struct wire_out out;
};

static inline void wire_to_memory_init(struct wire_to_memory *w)
{
    w->to = (struct memory){0};
    wire_out_init(&w->out, memory_writer(&w->to));
}

/* The plain pieces of a block or a large object, and the mark that they end. */
static inline void put_pieces(struct wire_out *out, const char *const pieces[])
{
    for (; *pieces != NULL; pieces++)
        assert_int_equal(wire_put_string(out, *pieces), 0);
    assert_int_equal(wire_put_int(out, 0), 0);
}

static inline char *copy_of(const char *text)
{
    char *copy = text == NULL ? NULL : strdup(text);

    assert_true(copy != NULL || text == NULL);
    return copy;
}

/* Appends an entry; `data` tells whether a block belongs to it. */
static inline struct toc_entry *add_entry(struct toc *toc, int dump_id, const char *desc,
                                          const char *tag, const char *defn, bool data)
{
    struct toc_entry *e = toc_append(toc);

    assert_non_null(e);
    e->dump_id = dump_id;
    e->had_dumper = data;
    e->section = TOC_SECTION_DATA;
    e->table_oid = copy_of("0");
    e->oid = copy_of("0");
    e->tag = copy_of(tag);
    e->desc = copy_of(desc);
    e->defn = copy_of(defn);
    e->drop_stmt = copy_of("");
    e->owner = copy_of("app");
    e->with_oids = copy_of("false");
    e->data_state = data ? WIRE_OFFSET_UNKNOWN : WIRE_OFFSET_NO_DATA;
    return e;
}

static inline struct toc_entry *add_table(struct toc *toc, int dump_id, const char *name)
{
    struct toc_entry *e = add_entry(toc, dump_id, "TABLE DATA", name, "", true);

    e->copy_stmt = copy_of("COPY public.t (a) FROM stdin;\n");
    return e;
}

static inline void add_dep(struct toc_entry *e, int dump_id)
{
    e->deps = realloc(e->deps, (e->n_deps + 1) * sizeof(*e->deps));
    assert_non_null(e->deps);
    e->deps[e->n_deps++] = dump_id;
}

/* Writes header and table of contents; the caller puts the blocks behind them, and flushes. */
static inline void put_front(struct wire_out *out, enum archive_compression compression,
                             struct toc *toc)
{
    struct archive_header h = {.minor = 16, .compression = compression};

    assert_int_equal(archive_header_write(&h, out), 0);
    assert_int_equal(toc_write(toc, out, h.minor), 0);
}

static inline void put_block(struct wire_out *out, enum archive_block_kind kind, int dump_id)
{
    assert_int_equal(wire_put_byte(out, (unsigned char)kind), 0);
    assert_int_equal(wire_put_int(out, dump_id), 0);
}

/* The bytes as one zstd frame, to be freed. */
static inline char *compressed(const void *data, size_t len, size_t *frame_len)
{
    size_t size = ZSTD_compressBound(len);
    char *frame = malloc(size);

    assert_non_null(frame);
    *frame_len = ZSTD_compress(frame, size, data, len, 3);
    assert_false(ZSTD_isError(*frame_len));
    return frame;
}

static inline void put_piece(struct wire_out *out, const void *data, size_t len)
{
    assert_int_equal(wire_put_int(out, (int)len), 0);
    assert_int_equal(wire_put_bytes(out, data, len), 0);
}

#endif
