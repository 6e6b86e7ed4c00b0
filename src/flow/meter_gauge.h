/*
 * The arithmetic of progress: from counts that grow to speeds, percent and time left.
 */
#ifndef FLOW_METER_GAUGE_H
#define FLOW_METER_GAUGE_H

#include <stdbool.h>
#include <stdint.h>

struct meter_counts {
    uint64_t expected; /* the estimate of all there is to do, in bytes of relations */
    uint64_t done;     /* so much of it is done */
    uint64_t tables;   /* that are finished */
    uint64_t rows;
    uint64_t raw_bytes; /* rows' text that was read */
    uint64_t bytes;     /* of the drop */
};

/* What is told. While the drop is delivered, `expected` is its size, and `done` and `bytes` what
 * the targets have of it. */
struct meter_view {
    bool is_delivering;
    struct meter_counts counts;
    int percent;    /* 0 to 99, -1 where it is not known; never less than in the view before */
    int64_t left_s; /* seconds, -1 while there is too little to tell from */
    uint64_t seconds;
    double rows_per_s; /* these are smoothed */
    double raw_bytes_per_s;
    double bytes_per_s;
};

/* Begin with {0}; nothing in it is for others. */
struct meter_gauge {
    struct meter_counts counts; /* at the last look */
    double seconds;
    double began; /* when the first byte was read */
    double rows_per_s, raw_bytes_per_s, bytes_per_s, done_per_s;
    int percent;
};

/* Takes the counts as they are so many seconds after the start, later than at the last look, and
 * fills in the view. No count may be less than at the last look. */
void meter_gauge_look(struct meter_gauge *g, double seconds, const struct meter_counts *counts,
                      struct meter_view *view);

#endif
