#include "flow/meter_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/logfmt.h"
#include "base/utf8.h"

/* In the order in which they are shown. */
enum part { PERCENT, BAR, PHASE, ITEMS, ROWS, RAW, BYTES, LEFT, NAME, PARTS };

#define NO_PART PARTS

/* The less is lost, the earlier. */
static const enum part dropped_first[] = {BYTES, ROWS, NAME,  RAW,     ITEMS,
                                          BAR,   LEFT, PHASE, PERCENT, NO_PART};

#define PART_SIZE 64
#define GAP       2

/* The name's part takes what is left; with less than this it is left out. */
#define NAME_COLUMNS_MIN 10

#define BAR_COLUMNS_MIN 8
#define BAR_COLUMNS_MAX (PART_SIZE - 4)

/* Four characters: 999, 1.2k, 12k, 123k, 1.2M... */
static void format_count(char text[PART_SIZE], double n)
{
    static const char units[] = "kMGT";
    int unit = -1;

    while (n >= 999.5 && unit < 3) {
        n /= 1000;
        unit++;
    }
    if (unit < 0)
        snprintf(text, PART_SIZE, "%.0f", n);
    else
        snprintf(text, PART_SIZE, n < 9.95 ? "%.1f%c" : "%.0f%c", n, units[unit]);
}

/* Four characters up to 10 GB/s. */
static void format_speed(char text[PART_SIZE], double bytes_per_s)
{
    double mb = bytes_per_s / 1e6;

    snprintf(text, PART_SIZE, "%.*f", mb < 9.995 ? 2 : mb < 99.95 ? 1 : 0, mb);
}

/* Six characters: 59s, 59m59s, 23h59m, 99d23h. */
static void format_duration(char text[PART_SIZE], int64_t s)
{
    if (s < 0)
        snprintf(text, PART_SIZE, "--");
    else if (s < 60)
        snprintf(text, PART_SIZE, "%ds", (int)s);
    else if (s < 60 * 60)
        snprintf(text, PART_SIZE, "%dm%02ds", (int)(s / 60), (int)(s % 60));
    else if (s < 24 * 60 * 60)
        snprintf(text, PART_SIZE, "%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
    else
        snprintf(text, PART_SIZE, "%dd%02dh", (int)(s / 86400), (int)(s / 3600 % 24));
}

static void format_bar(char text[PART_SIZE], int percent, int columns)
{
    int inner = columns / 10, full;

    inner = inner < BAR_COLUMNS_MIN ? BAR_COLUMNS_MIN : inner;
    inner = inner > BAR_COLUMNS_MAX ? BAR_COLUMNS_MAX : inner;
    full = percent < 0 ? 0 : inner * percent / 100;
    memset(text, ' ', (size_t)inner + 2);
    memset(text + 1, '=', (size_t)full);
    text[0] = '[';
    if (percent > 0)
        text[1 + full] = '>'; /* percent is less than 100 */
    text[1 + inner] = ']';
    text[2 + inner] = '\0';
}

static void format_reading(char parts[PARTS][PART_SIZE], const struct meter_view *v)
{
    char number[PART_SIZE];

    format_count(number, v->rows_per_s);
    snprintf(parts[ROWS], PART_SIZE, "%4.20s rows/s", number);
    format_speed(number, v->raw_bytes_per_s);
    snprintf(parts[RAW], PART_SIZE, "%4.20s MB/s in", number);
    format_speed(number, v->bytes_per_s);
    snprintf(parts[BYTES], PART_SIZE, "%4.20s out", number);
}

static void format_rows(char parts[PARTS][PART_SIZE], const struct meter_view *v)
{
    char number[PART_SIZE];

    format_count(number, v->rows_per_s);
    snprintf(parts[ROWS], PART_SIZE, "%4.20s rows/s", number);
    format_speed(number, v->raw_bytes_per_s);
    snprintf(parts[RAW], PART_SIZE, "%4.20s MB/s", number);
}

static void format_bytes(char parts[PARTS][PART_SIZE], const struct meter_view *v)
{
    char number[PART_SIZE];

    format_speed(number, v->bytes_per_s);
    snprintf(parts[BYTES], PART_SIZE, "%4.20s MB/s", number);
}

/* As wide from the first one on as with the last. */
static void format_items(char parts[PARTS][PART_SIZE], const struct meter_view *v)
{
    char of[PART_SIZE / 2];
    int width = snprintf(of, sizeof(of), "%" PRIu64, v->counts.expected);

    if (v->counts.expected > 0)
        snprintf(parts[ITEMS], PART_SIZE, "%*" PRIu64 " of %s", width, v->counts.done, of);
    else
        snprintf(parts[ITEMS], PART_SIZE, "%" PRIu64 " done", v->counts.done);
}

static int add_speed(struct buf *b, const char *key, double bytes_per_s)
{
    char number[PART_SIZE];

    format_speed(number, bytes_per_s);
    return logfmt_text(b, key, number);
}

static int add_rows(struct buf *b, const struct meter_view *view)
{
    const struct meter_counts *counts = &view->counts;

    if (logfmt_number(b, "tables", counts->tables) != 0 ||
        logfmt_number(b, "rows", counts->rows) != 0 ||
        logfmt_number(b, "raw_bytes", counts->raw_bytes) != 0 ||
        logfmt_number(b, "bytes", counts->bytes) != 0 ||
        logfmt_number(b, "seconds", view->seconds) != 0 ||
        logfmt_number(b, "rows_per_s", (uint64_t)view->rows_per_s) != 0 ||
        add_speed(b, "raw_mb_per_s", view->raw_bytes_per_s) != 0)
        return -1;
    return add_speed(b, "mb_per_s", view->bytes_per_s);
}

static int add_delivering(struct buf *b, const struct meter_view *view)
{
    if (logfmt_number(b, "delivered_bytes", view->counts.bytes) != 0 ||
        logfmt_number(b, "bytes", view->counts.expected) != 0 ||
        logfmt_number(b, "seconds", view->seconds) != 0)
        return -1;
    return add_speed(b, "mb_per_s", view->bytes_per_s);
}

static int add_bytes(struct buf *b, const struct meter_view *view)
{
    if (logfmt_number(b, "bytes", view->counts.bytes) != 0 ||
        logfmt_number(b, "seconds", view->seconds) != 0)
        return -1;
    return add_speed(b, "mb_per_s", view->bytes_per_s);
}

static int add_items(struct buf *b, const struct meter_view *view)
{
    if (logfmt_number(b, "items", view->counts.done) != 0 ||
        (view->counts.expected > 0 && logfmt_number(b, "of", view->counts.expected) != 0))
        return -1;
    return logfmt_number(b, "seconds", view->seconds);
}

static int add_seconds(struct buf *b, const struct meter_view *view)
{
    return logfmt_number(b, "seconds", view->seconds);
}

/* How a phase looks. */
struct look {
    const char *word; /* NULL: it has none */
    void (*format)(char parts[PARTS][PART_SIZE], const struct meter_view *v); /* NULL: no figures */
    int (*add)(struct buf *b, const struct meter_view *view);
    const char *name_key; /* of what is in hand */
};

static const struct look looks[] = {
    [METER_READING] = {NULL, format_reading, add_rows, "table"},
    [METER_DELIVERING] = {"delivering", format_bytes, add_delivering, "table"},
    [METER_CHECKING] = {"checking", format_bytes, add_bytes, "table"},
    [METER_DROPPING] = {"dropping", NULL, add_seconds, "object"},
    [METER_SCHEMA] = {"schema", format_items, add_items, "object"},
    [METER_ROWS] = {"rows", format_rows, add_rows, "table"},
    [METER_INDEXES] = {"indexes", format_items, add_items, "object"},
};

static void format_parts(char parts[PARTS][PART_SIZE], const struct meter_view *v, int columns)
{
    const struct look *look = &looks[v->phase];
    char number[PART_SIZE];

    if (v->percent < 0)
        strcpy(parts[PERCENT], " --%");
    else
        snprintf(parts[PERCENT], PART_SIZE, "%3d%%", v->percent);
    format_bar(parts[BAR], v->percent, columns);
    if (look->word != NULL)
        snprintf(parts[PHASE], PART_SIZE, "%s", look->word);
    if (look->format == NULL)
        return;
    look->format(parts, v);
    format_duration(number, v->left_s);
    snprintf(parts[LEFT], PART_SIZE, "%6.20s left", number);
}

static int columns_of(char parts[PARTS][PART_SIZE], enum part p)
{
    return GAP + (p == NAME ? NAME_COLUMNS_MIN : (int)strlen(parts[p]));
}

/* Leaves out parts until the rest fits. Room is kept for a name also while there is none, so that
 * nothing moves when one comes. Returns how many columns the name may have. */
static int choose_parts(char parts[PARTS][PART_SIZE], bool shown[PARTS], int columns)
{
    int used = 0;

    for (int i = 0; i < PARTS; i++) {
        shown[i] = i == NAME || *parts[i] != '\0';
        used += shown[i] ? columns_of(parts, (enum part)i) : 0;
    }
    for (int i = 0; used - GAP > columns && dropped_first[i] != NO_PART; i++) {
        enum part p = dropped_first[i];

        used -= shown[p] ? columns_of(parts, p) : 0;
        shown[p] = false;
    }
    return shown[NAME] ? NAME_COLUMNS_MIN + columns - (used - GAP) : 0;
}

/* A name's next character as a terminal gets it. */
struct glyph {
    size_t taken; /* bytes of the name */
    const char *text;
    size_t len;
    int columns;
};

/* Controls, and those that change the direction of what follows. */
static bool is_obeyed(uint32_t point)
{
    return point < ' ' || (point >= 0x7f && point < 0xa0) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

static struct glyph look_at(const char *name)
{
    uint32_t point = 0;
    size_t len = utf8_decode(name, &point);

    if (len == 0 || is_obeyed(point))
        return (struct glyph){.taken = len == 0 ? 1 : len, .text = "?", .len = 1, .columns = 1};
    /* Which of those from U+1100 on are narrow depends on the terminal: none, to be sure. */
    return (struct glyph){
        .taken = len, .text = name, .len = len, .columns = point < 0x1100 ? 1 : 2};
}

static int measure(const char *name)
{
    int columns = 0;

    while (*name != '\0') {
        struct glyph g = look_at(name);

        columns += g.columns;
        name += g.taken;
    }
    return columns;
}

/* Adds the name; where it is wider than that, what fits and a "~". */
static int add_name(struct buf *b, const char *name, int columns)
{
    const bool cut = measure(name) > columns;
    int left = cut ? columns - 1 : columns;

    while (*name != '\0') {
        struct glyph g = look_at(name);

        left -= g.columns;
        if (left < 0)
            break;
        if (buf_add(b, g.text, g.len) != 0)
            return -1;
        name += g.taken;
    }
    return cut ? buf_add_text(b, "~") : 0;
}

static int add_in_hand(struct buf *b, const struct meter_name *in_hand, int columns)
{
    const bool both = *in_hand->schema != '\0' &&
                      measure(in_hand->schema) + 1 + measure(in_hand->name) <= columns;

    if (*in_hand->name == '\0' || columns == 0)
        return 0;
    if (buf_printf(b, "%*s", b->len > 0 ? GAP : 0, "") != 0)
        return -1;
    if (both && (add_name(b, in_hand->schema, columns) != 0 || buf_add_text(b, ".") != 0))
        return -1;
    return add_name(b, in_hand->name, columns);
}

int meter_text_bar(struct buf *b, const struct meter_view *view, const struct meter_name *in_hand,
                   int columns)
{
    char parts[PARTS][PART_SIZE] = {0};
    bool shown[PARTS];
    int name_columns;

    format_parts(parts, view, columns);
    name_columns = choose_parts(parts, shown, columns - 1);
    for (int i = 0; i < NAME; i++)
        if (shown[i] && buf_printf(b, "%*s%s", b->len > 0 ? GAP : 0, "", parts[i]) != 0)
            return -1;
    return add_in_hand(b, in_hand, name_columns);
}

static int add_line_in_hand(struct buf *b, const char *key, const struct meter_name *in_hand)
{
    struct buf name = {0};
    int rc;

    if (*in_hand->name == '\0')
        return 0;
    rc = buf_printf(&name, "%s%s%s", in_hand->schema, *in_hand->schema != '\0' ? "." : "",
                    in_hand->name);
    if (rc == 0)
        rc = logfmt_text(b, key, buf_text(&name));
    buf_free(&name);
    return rc;
}

int meter_text_line(struct buf *b, const struct meter_view *view, const struct meter_name *in_hand)
{
    const struct look *look = &looks[view->phase];

    if (look->word != NULL && logfmt_text(b, "phase", look->word) != 0)
        return -1;
    if (view->percent >= 0 && logfmt_number(b, "percent", (uint64_t)view->percent) != 0)
        return -1;
    if (look->add(b, view) != 0)
        return -1;
    if (view->left_s >= 0 && logfmt_number(b, "left_s", (uint64_t)view->left_s) != 0)
        return -1;
    return add_line_in_hand(b, look->name_key, in_hand);
}
