#include "pg/pgrestore.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"
#include "base/program.h"
#include "base/words.h"
#include "pg/conninfo.h"
#include "pg/passfile.h"
#include "pg/tools.h"

/* Room for "--use-list=/dev/fd/N" and its kind. */
#define MOST_WORD 48

/* How much of the list is read at once. */
#define PIECE 65536

/* A command line that grows. */
struct line {
    const char **words; /* NULL-ended */
    size_t n;
};

static int line_init(struct line *line, size_t most)
{
    line->n = 0;
    line->words = calloc(most + 1, sizeof(*line->words));
    return line->words != NULL ? 0 : error_set("out of memory");
}

static void line_add(struct line *line, const char *word)
{
    line->words[line->n++] = word;
}

static void line_add_all(struct line *line, const char *const *words)
{
    for (; words != NULL && *words != NULL; words++)
        line_add(line, *words);
}

static void name_descriptor(char word[MOST_WORD], const char *before, int fd)
{
    snprintf(word, MOST_WORD, "%s/dev/fd/%d", before, fd);
}

/* Without --verbose it does not say of which entry an error is. */
static struct child *run(const struct pg_restore_options *options, const char *conninfo,
                         char *const env[], struct child_files files)
{
    char list[MOST_WORD], archive[MOST_WORD];
    struct line line;
    struct child *child;

    if (line_init(&line, 8 + words_count(options->own) + words_count(options->user)) != 0)
        return NULL;
    line_add(&line, options->path);
    line_add(&line, "--format=custom");
    line_add(&line, "--verbose");
    line_add(&line, "--no-password");
    line_add(&line, "--dbname");
    line_add(&line, conninfo);
    line_add_all(&line, options->own);
    line_add_all(&line, options->user);
    name_descriptor(list, "--use-list=", options->list);
    if (options->list >= 0)
        line_add(&line, list);
    name_descriptor(archive, "", options->archive);
    if (options->archive != CHILD_PIPED)
        line_add(&line, archive);
    child = child_start(line.words, env, files);
    free(line.words);
    return child;
}

/* Starts it with the password file. */
static struct child *start(const struct pg_restore_options *options, const char *conninfo,
                           int passfile)
{
    const bool piped = options->archive == CHILD_PIPED;
    const int candidates[] = {passfile, options->list, piped ? -1 : options->archive};
    int inherit[3];
    struct child_files files = {
        .input = piped ? CHILD_PIPED : -1, .output = -1, .inherit = inherit};
    char **env = pg_tool_env_in_english(passfile);
    struct child *child;

    if (env == NULL)
        return NULL;
    for (size_t i = 0; i < 3; i++)
        if (candidates[i] >= 0)
            inherit[files.n_inherit++] = candidates[i];
    child = run(options, conninfo, env, files);
    program_free_env(env);
    return child;
}

static char *make_conninfo(const struct pg_restore_options *options)
{
    char setting[80];

    if (options->maintenance_work_mem == NULL)
        return pg_conninfo_for_child(options->conninfo, options->conn);
    snprintf(setting, sizeof(setting), "-c maintenance_work_mem=%s", options->maintenance_work_mem);
    return pg_conninfo_for_child_with(options->conninfo, options->conn, setting);
}

struct child *pg_restore_start(const struct pg_restore_options *options)
{
    char *conninfo = make_conninfo(options);
    struct child *child = NULL;
    int passfile;

    if (conninfo == NULL)
        return NULL;
    if (pg_passfile_open(options->conn, &passfile) == 0)
        child = start(options, conninfo, passfile);
    pg_passfile_close(passfile);
    free(conninfo);
    return child;
}

/* `archive` as in struct pg_restore_options. */
static struct child *start_list(const char *path, int archive, const char *const *user)
{
    const bool piped = archive == CHILD_PIPED;
    const struct child_files files = {.input = piped ? CHILD_PIPED : -1,
                                      .output = -1,
                                      .inherit = &archive,
                                      .n_inherit = piped ? 0 : 1};
    char **env = pg_tool_env_in_english(-1);
    char name[MOST_WORD];
    struct child *child = NULL;
    struct line line;

    name_descriptor(name, "", archive);
    if (env != NULL && line_init(&line, 4 + words_count(user)) == 0) {
        line_add(&line, path);
        line_add(&line, "--list");
        line_add(&line, "--format=custom");
        line_add_all(&line, user);
        if (!piped)
            line_add(&line, name);
        child = child_start(line.words, env, files);
        free(line.words);
    }
    program_free_env(env);
    return child;
}

static int read_all(struct child *child, struct buf *text)
{
    struct reader output = child_output(child);
    ssize_t n;

    do {
        if (buf_reserve(text, PIECE) != 0)
            return -1;
        n = output.read(output.self, text->data + text->len, PIECE);
        if (n > 0)
            text->len += (size_t)n;
        text->data[text->len] = '\0';
    } while (n > 0);
    return n == 0 ? 0 : -1;
}

static int list_from(int archive, const struct buf *content, const char *path,
                     const char *const *user, struct buf *list)
{
    struct child *child = start_list(path, archive, user);
    int rc = child != NULL ? 0 : -1;

    if (rc == 0 && archive == CHILD_PIPED)
        rc = child_feed(child, content->data, content->len);
    if (rc == 0)
        rc = read_all(child, list);
    /* Where it has gone, what it said tells more than that its input was closed. */
    if (child != NULL && child_wait(child) != 0)
        rc = -1;
    child_free(child);
    return rc;
}

int pg_restore_list(const char *path, const struct buf *archive, const char *const *user,
                    struct buf *list)
{
    int file, rc;

    if (!os_has_memory_files())
        return list_from(CHILD_PIPED, archive, path, user, list);
    file = os_memory_file("archive", archive->data, archive->len);
    if (file < 0)
        return -1;
    rc = list_from(file, archive, path, user, list);
    close(file);
    return rc;
}

/* pg_restore makes each name in a line a part of that line, but not the kind of the entry, which
 * an archive that was made with evil intent could have anything in. */
int pg_restore_list_next(const char **at, int *dump_id)
{
    while (**at != '\0') {
        const char *line = *at;
        size_t len = strcspn(line, "\n"), digits = strspn(line, "0123456789");
        long id = strtol(line, NULL, 10);

        *at += len + (line[len] == '\n');
        if (strspn(line, " \t\r") == len || line[0] == ';')
            continue;
        if (digits == 0 || line[digits] != ';' || id <= 0 || id > INT_MAX)
            return error_set("pg_restore's list has a line that is none of its own: \"%.*s\"",
                             len < 80 ? (int)len : 80, line);
        *dump_id = (int)id;
        return 1;
    }
    return 0;
}
