#include "cmd/against.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cmd/database_option.h"
#include "cmd/options.h"
#include "flow/against.h"
#include "flow/levels.h"
#include "pg/conninfo.h"
#include "pg/pgdump.h"

int against_choose(struct against_request *request, char *text)
{
    pg_conninfo_wipe(request->conninfo);
    request->conninfo = database_option_take(text, "--against");
    return request->conninfo != NULL ? 0 : -1;
}

/* The options for pg_dump under which the database is what the drop was made of. */
struct words {
    char *recorded; /* the drop's, each ended by a NUL */
    char encoding[sizeof("--encoding=") + TOC_ENCODING_SIZE];
    const char **list; /* NULL-ended */
};

/* Whoever knows the public key can make a drop: it must not have pg_dump write a file, say, or read
 * one that is not the drop's. */
static int check_words(const char *const *words)
{
    struct option_words walk = {.grammar = &pg_dump_grammar, .next = words};
    struct option_word word;

    if (pg_dump_check_options(words) != 0)
        return error_add_context("the drop's options for pg_dump");
    while (option_words_step(&walk, &word) > 0)
        if (option_word_is(&word, '\0', "filter"))
            return error_set("the drop was made with pg_dump's option --filter, and what stood in "
                             "that file is not known here");
    return 0;
}

static int make_words(struct words *w, const struct against_request *request,
                      const struct drop *drop, const char *options)
{
    char encoding[TOC_ENCODING_SIZE];
    size_t n;

    w->recorded = strdup(options != NULL ? options : "");
    w->list = w->recorded != NULL ? calloc(strlen(w->recorded) + 3, sizeof(*w->list)) : NULL;
    if (w->list == NULL)
        return error_set("out of memory");
    n = archive_preamble_take_options(w->recorded, w->list);
    if (check_words(w->list) != 0)
        return -1;
    toc_encoding(archive_reader_toc(drop->archive), encoding);
    if (encoding[0] != '\0') {
        snprintf(w->encoding, sizeof(w->encoding), "--encoding=%s", encoding);
        w->list[n++] = w->encoding;
    }
    if (request->schema_only)
        w->list[n++] = "--schema-only";
    return 0;
}

static void free_words(struct words *w)
{
    free(w->list);
    free(w->recorded);
}

static int add_object(struct buf *b, const struct toc_entry *e)
{
    if (buf_add_visible(b, toc_entry_is(e, "TABLE DATA") ? "rows of" : e->desc) != 0 ||
        buf_add_text(b, " ") != 0)
        return -1;
    return toc_entry_add_name(e, b);
}

/* The detail's lines, set in. */
static int add_detail(struct buf *b, const char *detail)
{
    while (*detail != '\0') {
        const size_t len = strcspn(detail, "\n") + 1;

        if (buf_add_text(b, "    ") != 0 || buf_add(b, detail, len) != 0)
            return -1;
        detail += len;
    }
    return 0;
}

static int add_difference(void *self, enum archive_difference difference,
                          const struct toc_entry *entry, const char *detail)
{
    static const char *const words[] = {[ARCHIVE_MISSING] = "missing in the database: ",
                                        [ARCHIVE_EXTRA] = "not in the drop: ",
                                        [ARCHIVE_DIFFERENT] = "different: ",
                                        [ARCHIVE_NOT_COMPARED] = "not compared: "};
    struct buf *b = self;

    if (buf_add_text(b, words[difference]) != 0 || add_object(b, entry) != 0 ||
        buf_add_text(b, "\n") != 0)
        return -1;
    return add_detail(b, detail);
}

/* What the comparison comes to, in words. */
static const char *verdict(const struct archive_compared *c)
{
    if (c->differences > 0)
        return "the database differs";
    return c->not_compared > 0 ? "no difference was found, but not all could be compared"
                               : "the database has what the drop has";
}

static int add_sum(struct buf *b, const struct archive_compared *c, bool schema_only)
{
    if (buf_printf(b, "%s: %" PRIu64 " objects", verdict(c), c->objects) != 0)
        return -1;
    if (!schema_only &&
        buf_printf(b, ", %" PRIu64 " rows in %" PRIu64 " tables", c->rows, c->tables) != 0)
        return -1;
    return buf_printf(b, " compared, differences: %" PRIu64 ", not compared: %" PRIu64 "\n",
                      c->differences, c->not_compared);
}

/* A drop of a part of a database is compared with that part. */
static int add_part(struct buf *b, const char *options)
{
    char *line = options != NULL ? strdup(options) : NULL;
    int rc = 0;

    for (char *at = line; at != NULL && (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    if (line != NULL && *line != '\0' &&
        (buf_add_text(b, "compared is what pg_dump brings with the drop's options: ") != 0 ||
         buf_add_visible(b, line) != 0 || buf_add_text(b, "\n") != 0))
        rc = -1;
    free(line);
    return rc;
}

static int compare(const struct against_request *request, const struct drop *drop,
                   const struct against_found *found, const struct against_options *options,
                   struct buf *answer)
{
    const struct archive_compare_observer observer = {.difference = add_difference, .self = answer};
    struct against_drop mine = {
        .side = {.toc = archive_reader_toc(drop->archive), .sums = found->sums},
        .header = archive_reader_header(drop->archive),
    };
    struct archive_compared compared;

    memcpy(mine.key, found->preamble->key, sizeof(mine.key));
    if (flow_against(&mine, options, &observer, &compared) != 0 ||
        add_part(answer, found->preamble->options) != 0 ||
        add_sum(answer, &compared, request->schema_only) != 0)
        return -1;
    return compared.differences > 0;
}

int against_answer(const struct against_request *request, const struct drop *drop,
                   const struct against_found *found, struct buf *answer)
{
    char *lc_monetary = archive_preamble_setting(found->preamble, "lc_monetary");
    struct words words = {0};
    int rc = make_words(&words, request, drop, found->preamble->options);
    const struct against_options options = {
        .database = {.conninfo = request->conninfo,
                     .pg_dump_options = words.list,
                     .lc_monetary = lc_monetary,
                     .jobs = request->jobs,
                     .reserve = DATABASE_DEFAULT_RESERVE,
                     .level = LEVELS_HASH_ONLY,
                     .memory = DATABASE_DEFAULT_MEMORY},
        .compare = {.no_owner = request->no_owner, .no_acl = request->no_acl},
        .progress = METER_AUTO,
        .progress_line_s = METER_LINE_S,
    };

    if (rc == 0)
        rc = compare(request, drop, found, &options, answer);
    free_words(&words);
    free(lc_monetary);
    return rc;
}
