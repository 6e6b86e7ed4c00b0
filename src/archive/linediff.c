#include "archive/linediff.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MOST_LINES 10

struct line {
    const char *text;
    size_t len;
};

/* Steps to the next line that is not empty. */
static bool next_line(const char **at, struct line *line)
{
    while (**at != '\0') {
        size_t len = strcspn(*at, "\n");

        line->text = *at;
        line->len = len;
        *at += (*at)[len] == '\n' ? len + 1 : len;
        while (line->len > 0 && strchr(" \t\r,", line->text[line->len - 1]) != NULL)
            line->len--;
        while (line->len > 0 && strchr(" \t", *line->text) != NULL) {
            line->text++;
            line->len--;
        }
        if (line->len > 0)
            return true;
    }
    return false;
}

/* How many lines of the text that begin before `end` are this one. */
static size_t count(const char *text, const struct line *wanted, const char *end)
{
    struct line line;
    size_t n = 0;

    while (next_line(&text, &line) && line.text < end)
        n += line.len == wanted->len && memcmp(line.text, wanted->text, line.len) == 0;
    return n;
}

static int add_line(struct buf *b, const char *label, const struct line *line)
{
    struct buf text = {0};
    int rc = buf_add(&text, line->text, line->len);

    if (rc == 0)
        rc = buf_printf(b, "%s: ", label);
    if (rc == 0)
        rc = buf_add_visible(b, buf_text(&text));
    if (rc == 0)
        rc = buf_add_text(b, "\n");
    buf_free(&text);
    return rc;
}

/* Adds the lines that are there more often than in the other text. Returns how many they are, or
 * -1 with the error set. */
static int add_side(struct buf *b, const char *label, const char *text, const char *other,
                    linediff_skip *skip)
{
    const char *at = text;
    struct line line;
    int n = 0;

    while (next_line(&at, &line)) {
        if ((skip != NULL && skip(line.text, line.len)) ||
            count(text, &line, line.text) < count(other, &line, other + strlen(other)))
            continue;
        if (n < MOST_LINES && add_line(b, label, &line) != 0)
            return -1;
        n++;
    }
    if (n > MOST_LINES && buf_printf(b, "%s: and %d more lines\n", label, n - MOST_LINES) != 0)
        return -1;
    return n;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

int linediff_add(struct buf *b, const char *drop, const char *database, linediff_skip *skip)
{
    const char *one = drop != NULL ? drop : "", *other = database != NULL ? database : "";
    int mine, its;

    if (strcmp(one, other) == 0)
        return 0;
    if (count_lines(one) > LINEDIFF_MOST_LINES || count_lines(other) > LINEDIFF_MOST_LINES)
        return skip != NULL ? 0 : buf_add_text(b, "many lines, which are not the same\n");
    mine = add_side(b, "drop", one, other, skip);
    its = mine < 0 ? -1 : add_side(b, "database", other, one, skip);
    if (mine < 0 || its < 0)
        return -1;
    return mine + its > 0 || skip != NULL
               ? 0
               : buf_add_text(b, "the same lines but for blanks, or in another order\n");
}
