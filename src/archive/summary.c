#include "archive/summary.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define VERSION   1
#define HASH_NAME "siphash-2-4-128"

static int damaged(const char *what)
{
    return error_set("the archive is damaged: its %s cannot be read", what);
}

static bool get_number(const char **at, uint64_t *value)
{
    char *end;

    if (!isdigit((unsigned char)**at))
        return false;
    errno = 0;
    *value = strtoull(*at, &end, 10);
    if (errno != 0 || (*end != ' ' && *end != '\0'))
        return false;
    *at = *end == ' ' ? end + 1 : end;
    return true;
}

static bool get_hex(const char *hex, unsigned char *bytes, size_t len)
{
    return strlen(hex) == 2 * len &&
           sodium_hex2bin(bytes, len, hex, 2 * len, NULL, NULL, NULL) == 0;
}

static int check_version(const char *line, const char *what)
{
    uint64_t version;

    if (strncmp(line, "dynodrop ", strlen("dynodrop ")) != 0)
        return damaged(what);
    line += strlen("dynodrop ");
    if (!get_number(&line, &version) || *line != '\0' || version < VERSION)
        return damaged(what);
    if (version > VERSION)
        return error_set("the drop is of format %" PRIu64 ", and this dynodrop reads format %d: "
                         "it takes a newer dynodrop",
                         version, VERSION);
    return 0;
}

/* What takes a line: 0 where it did, or did not know the keyword; -1 with the error set. */
typedef int take_line(void *self, const char *keyword, const char *rest);

/* Checks the first line and hands on the others. `what` is the text's name, for errors. */
static int each_line(char *text, const char *what, take_line *take, void *self)
{
    bool first = true;
    int rc = 0;

    for (char *line = text, *end; rc == 0 && (first || *line != '\0'); line = end + 1) {
        char *rest;

        end = strchr(line, '\n');
        if (end == NULL)
            return damaged(what);
        *end = '\0';
        rest = strchr(line, ' ');
        if (first) {
            rc = check_version(line, what);
        } else if (rest != NULL) {
            *rest = '\0';
            rc = take(self, line, rest + 1);
        }
        first = false;
    }
    return rc;
}

static int parse(const char *text, const char *what, take_line *take, void *self)
{
    char *copy = strdup(text);
    int rc;

    if (copy == NULL)
        return error_set("out of memory");
    rc = each_line(copy, what, take, self);
    free(copy);
    return rc;
}

/* Adds a line with this keyword for each line of the text, or NULL. */
static int add_lines(const char *keyword, const char *lines, struct buf *text)
{
    for (const char *end; lines != NULL && *lines != '\0'; lines = end) {
        end = strchr(lines, '\n');
        end = end != NULL ? end + 1 : lines + strlen(lines);
        if (buf_printf(text, "%s ", keyword) != 0 ||
            buf_add(text, lines, (size_t)(end - lines)) != 0)
            return -1;
    }
    return 0;
}

int archive_preamble_format(const struct archive_preamble *preamble, struct buf *text)
{
    char key[2 * SETHASH_KEY_SIZE + 1];

    sodium_bin2hex(key, sizeof(key), preamble->key, SETHASH_KEY_SIZE);
    if (buf_printf(text, "dynodrop %d\nprogram %s\nhash " HASH_NAME "\nkey %s\n", VERSION,
                   preamble->program, key) != 0 ||
        add_lines("setting", preamble->settings, text) != 0)
        return -1;
    return add_lines("option", preamble->options, text);
}

int archive_preamble_add_option(struct buf *options, const char *word)
{
    int rc = 0;

    for (; rc == 0 && *word != '\0'; word++)
        rc = *word == '\n'   ? buf_add_text(options, "\\n")
             : *word == '\\' ? buf_add_text(options, "\\\\")
                             : buf_add(options, word, 1);
    return rc == 0 ? buf_add_text(options, "\n") : -1;
}

size_t archive_preamble_take_options(char *options, const char **words)
{
    const char *at = options;
    char *to = options;
    size_t n = 0;

    while (*at != '\0') {
        words[n++] = to;
        while (*at != '\n' && *at != '\0') {
            const bool escaped = *at == '\\' && at[1] != '\0' && at[1] != '\n';

            at += escaped;
            *to = *at++;
            if (escaped && *to == 'n')
                *to = '\n';
            to++;
        }
        at += *at == '\n';
        *to++ = '\0';
    }
    words[n] = NULL;
    return n;
}

static const char preamble_name[] = "preamble";

/* What a preamble's lines have told so far. */
struct preamble_lines {
    struct archive_preamble *preamble;
    struct buf settings;
    struct buf options;
    bool hash;
    bool key;
};

static int take_preamble_line(void *self, const char *keyword, const char *rest)
{
    struct preamble_lines *lines = self;
    struct archive_preamble *p = lines->preamble;

    if (strcmp(keyword, "program") == 0) {
        if (p->program != NULL)
            return damaged(preamble_name);
        p->program = strdup(rest);
        return p->program != NULL ? 0 : error_set("out of memory");
    }
    if (strcmp(keyword, "hash") == 0) {
        if (strcmp(rest, HASH_NAME) != 0)
            return error_set("the drop's rows are hashed with %.40s, which is not known here: it "
                             "takes a newer dynodrop",
                             rest);
        lines->hash = true;
    } else if (strcmp(keyword, "key") == 0) {
        if (lines->key || !get_hex(rest, p->key, sizeof(p->key)))
            return damaged(preamble_name);
        lines->key = true;
    } else if (strcmp(keyword, "setting") == 0) {
        return buf_printf(&lines->settings, "%s\n", rest);
    } else if (strcmp(keyword, "option") == 0) {
        return buf_printf(&lines->options, "%s\n", rest);
    }
    return 0;
}

int archive_preamble_parse(struct archive_preamble *preamble, const char *text)
{
    struct preamble_lines lines = {.preamble = preamble};
    int rc;

    *preamble = (struct archive_preamble){0};
    rc = parse(text, preamble_name, take_preamble_line, &lines);
    if (rc == 0 && (preamble->program == NULL || !lines.hash || !lines.key))
        rc = damaged(preamble_name);
    if (rc == 0 && ((preamble->settings = buf_take(&lines.settings)) == NULL ||
                    (preamble->options = buf_take(&lines.options)) == NULL))
        rc = -1;
    buf_free(&lines.settings);
    buf_free(&lines.options);
    return rc;
}

char *archive_preamble_setting(const struct archive_preamble *preamble, const char *name)
{
    const size_t len = strlen(name);
    char *value = NULL;

    for (const char *at = preamble->settings; at != NULL && *at != '\0';) {
        const size_t line = strcspn(at, "\n");

        if (line > len && strncmp(at, name, len) == 0 && at[len] == ' ') {
            value = strndup(at + len + 1, line - len - 1);
            if (value == NULL)
                error_set("out of memory");
            break;
        }
        at += at[line] == '\n' ? line + 1 : line;
    }
    return value;
}

void archive_preamble_free(struct archive_preamble *preamble)
{
    free(preamble->program);
    free(preamble->settings);
    free(preamble->options);
    *preamble = (struct archive_preamble){0};
}

void archive_block_sum_add(struct archive_block_sum *sum, const struct archive_record *record)
{
    sum->rows += record->rows;
    sum->bytes += record->bytes;
    archive_block_sum_add_hash(sum, record);
}

void archive_block_sum_add_hash(struct archive_block_sum *sum, const struct archive_record *record)
{
    sum->chunks++;
    sum->of_rows = record->kind == ARCHIVE_RECORD_ROWS;
    sethash_join(&sum->hash, &record->hash);
}

int archive_summary_add(struct archive_summary *summary, const struct archive_block_sum *block)
{
    if (summary->n == summary->size) {
        size_t size = summary->size == 0 ? 64 : summary->size * 2;
        struct archive_block_sum *blocks = realloc(summary->blocks, size * sizeof(*blocks));

        if (blocks == NULL)
            return error_set("out of memory for a summary of %zu blocks", summary->n);
        summary->blocks = blocks;
        summary->size = size;
    }
    summary->blocks[summary->n++] = *block;
    return 0;
}

/* The blocks' fields but their hashes, in one. */
static struct archive_block_sum total_of(const struct archive_summary *summary)
{
    struct archive_block_sum total = {0};

    for (size_t i = 0; i < summary->n; i++) {
        total.rows += summary->blocks[i].rows;
        total.bytes += summary->blocks[i].bytes;
        total.chunks += summary->blocks[i].chunks;
    }
    return total;
}

static int format_block(const struct archive_block_sum *block, struct buf *text)
{
    unsigned char hash[SETHASH_SIZE];
    char hex[2 * SETHASH_SIZE + 1];

    sethash_store(&block->hash, hash);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    return buf_printf(text, "block %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", block->dump_id,
                      block->rows, block->bytes, block->chunks, hex);
}

int archive_summary_format(const struct archive_summary *summary, struct buf *text)
{
    const struct archive_block_sum total = total_of(summary);

    if (buf_printf(text, "dynodrop %d\n", VERSION) != 0)
        return -1;
    for (size_t i = 0; i < summary->n; i++)
        if (format_block(&summary->blocks[i], text) != 0)
            return -1;
    return buf_printf(text, "total %zu %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", summary->n,
                      total.rows, total.bytes, total.chunks);
}

static const char summary_name[] = "summary";

struct summary_lines {
    struct archive_summary *summary;
    bool ended; /* by the total */
};

static int take_block(struct archive_summary *summary, const char *rest)
{
    unsigned char hash[SETHASH_SIZE];
    struct archive_block_sum block = {0};
    uint64_t id;

    if (!get_number(&rest, &id) || id == 0 || id > INT_MAX || !get_number(&rest, &block.rows) ||
        !get_number(&rest, &block.bytes) || !get_number(&rest, &block.chunks) ||
        !get_hex(rest, hash, sizeof(hash)))
        return damaged(summary_name);
    block.dump_id = (int)id;
    sethash_load(&block.hash, hash);
    return archive_summary_add(summary, &block);
}

static int take_total(const struct archive_summary *summary, const char *rest)
{
    const struct archive_block_sum total = total_of(summary);
    uint64_t blocks, rows, bytes, chunks;

    if (!get_number(&rest, &blocks) || !get_number(&rest, &rows) || !get_number(&rest, &bytes) ||
        !get_number(&rest, &chunks) || *rest != '\0')
        return damaged(summary_name);
    if (blocks != summary->n || rows != total.rows || bytes != total.bytes ||
        chunks != total.chunks)
        return error_set("the archive is damaged: its summary is not the sum of its blocks");
    return 0;
}

static int take_summary_line(void *self, const char *keyword, const char *rest)
{
    struct summary_lines *lines = self;
    bool block = strcmp(keyword, "block") == 0;

    if (!block && strcmp(keyword, "total") != 0)
        return 0;
    if (lines->ended)
        return damaged(summary_name);
    if (block)
        return take_block(lines->summary, rest);
    lines->ended = true;
    return take_total(lines->summary, rest);
}

int archive_summary_parse(struct archive_summary *summary, const char *text)
{
    struct summary_lines lines = {.summary = summary};
    int rc;

    *summary = (struct archive_summary){0};
    rc = parse(text, summary_name, take_summary_line, &lines);
    return rc == 0 && !lines.ended ? damaged(summary_name) : rc;
}

void archive_summary_free(struct archive_summary *summary)
{
    free(summary->blocks);
    *summary = (struct archive_summary){0};
}
