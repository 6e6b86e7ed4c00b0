#include "flow/meter_gauge.h"

/* Speeds shown follow within seconds; the time left, for which chunks are done in lumps, within
 * half a minute. */
#define SPEED_SPAN_S 3.0
#define LEFT_SPAN_S  30.0

/* Sooner the time left would be a guess. */
#define LEFT_FROM_S 3.0

#define LEFT_MAX_S (100.0 * 24 * 60 * 60)

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

    if (g->seconds - g->began < LEFT_FROM_S || g->done_per_s <= 0 ||
        g->counts.done >= g->counts.expected)
        return -1;
    left = (double)(g->counts.expected - g->counts.done) / g->done_per_s;
    return left < LEFT_MAX_S ? (int64_t)(left + 0.5) : -1;
}

void meter_gauge_look(struct meter_gauge *g, double seconds, const struct meter_counts *counts,
                      struct meter_view *view)
{
    double known = g->seconds - g->began, step = seconds - g->seconds;

    if (step > 0) {
        smooth(&g->rows_per_s, counts->rows - g->counts.rows, step, known, SPEED_SPAN_S);
        smooth(&g->raw_bytes_per_s, counts->raw_bytes - g->counts.raw_bytes, step, known,
               SPEED_SPAN_S);
        smooth(&g->bytes_per_s, counts->bytes - g->counts.bytes, step, known, SPEED_SPAN_S);
        smooth(&g->done_per_s, counts->done - g->counts.done, step, known, LEFT_SPAN_S);
        g->seconds = seconds;
    }
    if (counts->raw_bytes == 0 && counts->done == 0)
        g->began = g->seconds;
    g->counts = *counts;
    if (counts->expected > 0 && percent_of(counts) > g->percent)
        g->percent = percent_of(counts);
    *view = (struct meter_view){
        .counts = *counts,
        .percent = counts->expected > 0 ? g->percent : -1,
        .left_s = time_left(g),
        .seconds = (uint64_t)g->seconds,
        .rows_per_s = g->rows_per_s,
        .raw_bytes_per_s = g->raw_bytes_per_s,
        .bytes_per_s = g->bytes_per_s,
    };
}
