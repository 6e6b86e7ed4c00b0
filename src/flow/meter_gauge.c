#include "flow/meter_gauge.h"

#include <stdbool.h>

#define LEFT_MAX_S (100.0 * 24 * 60 * 60)

/* Speeds shown follow within seconds; the time left, for which chunks are done in lumps, within
 * half a minute. An object takes no time or an hour: only the mean of all tells something. */
#define SPEED_SPAN_S      3.0
#define LEFT_SPAN_S       30.0
#define LEFT_SPAN_ITEMS_S LEFT_MAX_S

/* Sooner the time left would be a guess. */
#define LEFT_FROM_S 3.0

static const struct {
    bool waits; /* for others, before the first byte: that says nothing of the speed */
    double left_span_s;
} kinds[] = {
    [METER_READING] = {true, LEFT_SPAN_S},        [METER_DELIVERING] = {true, LEFT_SPAN_S},
    [METER_CHECKING] = {false, LEFT_SPAN_S},      [METER_DROPPING] = {false, LEFT_SPAN_ITEMS_S},
    [METER_SCHEMA] = {false, LEFT_SPAN_ITEMS_S},  [METER_ROWS] = {false, LEFT_SPAN_S},
    [METER_INDEXES] = {false, LEFT_SPAN_ITEMS_S},
};

/*
 * A mean over about the last `span` seconds: what came in the `step` seconds since the last look
 * joins it by its share of the time. `known` is for how long there has been a speed at all; until
 * the span is full, it is the mean of all.
 */
static void smooth(double *per_s, uint64_t more, double step, double known, double span)
{
    double before = known < span ? known : span;

    *per_s = (*per_s * before + (double)more) / (before + step);
}

static int percent_of(const struct meter_counts *counts)
{
    double percent = 100.0 * (double)counts->done / (double)counts->expected;

    return percent < 99 ? (int)percent : 99;
}

static int64_t time_left(const struct meter_gauge *g)
{
    double left;

    if (g->known < LEFT_FROM_S || g->done_per_s <= 0 || g->counts.done >= g->counts.expected)
        return -1;
    left = (double)(g->counts.expected - g->counts.done) / g->done_per_s;
    return left < LEFT_MAX_S ? (int64_t)(left + 0.5) : -1;
}

void meter_gauge_begin(struct meter_gauge *g, enum meter_phase phase, double seconds,
                       const struct meter_counts *counts)
{
    *g = (struct meter_gauge){.phase = phase, .counts = *counts, .seconds = seconds};
}

static void follow(struct meter_gauge *g, double seconds, const struct meter_counts *counts)
{
    const double step = seconds - g->seconds;
    const struct meter_counts more = {
        .done = counts->done - g->counts.done,
        .rows = counts->rows - g->counts.rows,
        .raw_bytes = counts->raw_bytes - g->counts.raw_bytes,
        .bytes = counts->bytes - g->counts.bytes,
    };

    smooth(&g->rows_per_s, more.rows, step, g->known, SPEED_SPAN_S);
    smooth(&g->raw_bytes_per_s, more.raw_bytes, step, g->known, SPEED_SPAN_S);
    smooth(&g->bytes_per_s, more.bytes, step, g->known, SPEED_SPAN_S);
    smooth(&g->done_per_s, more.done, step, g->known, kinds[g->phase].left_span_s);
    if (!kinds[g->phase].waits || g->known > 0 || more.raw_bytes > 0 || more.done > 0)
        g->known += step;
    g->counts = *counts;
    g->seconds = seconds;
}

void meter_gauge_look(struct meter_gauge *g, double seconds, const struct meter_counts *counts,
                      struct meter_view *view)
{
    if (seconds > g->seconds)
        follow(g, seconds, counts);
    if (counts->expected > 0 && percent_of(counts) > g->percent)
        g->percent = percent_of(counts);
    *view = (struct meter_view){
        .phase = g->phase,
        .counts = *counts,
        .percent = counts->expected > 0 ? g->percent : -1,
        .left_s = time_left(g),
        .seconds = (uint64_t)g->seconds,
        .rows_per_s = g->rows_per_s,
        .raw_bytes_per_s = g->raw_bytes_per_s,
        .bytes_per_s = g->bytes_per_s,
    };
}
