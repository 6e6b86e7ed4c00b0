/*
 * The arithmetic of progress: from counts that grow to speeds, percent and time left.
 */
#ifndef FLOW_METER_GAUGE_H
#define FLOW_METER_GAUGE_H

#include <stdint.h>

#include "flow/meter_phase.h"

struct meter_counts {
    uint64_t expected; /* all there is to do in this phase, in its unit; 0: not known */
    uint64_t done;     /* so much of it is done */
    uint64_t tables;   /* that are finished */
    uint64_t rows;
    uint64_t raw_bytes; /* rows' text that was read or loaded */
    uint64_t bytes;     /* of the drop */
};

/* What is told. */
struct meter_view {
    enum meter_phase phase;
    struct meter_counts counts;
    int percent;       /* 0 to 99, -1 where it is not known; in a phase never less than before */
    int64_t left_s;    /* of this phase, -1 while there is too little to tell from */
    uint64_t seconds;  /* of all phases */
    double rows_per_s; /* these are smoothed */
    double raw_bytes_per_s;
    double bytes_per_s;
};

/* Begin with {0}, which is METER_READING at 0 seconds; nothing in it is for others. */
struct meter_gauge {
    enum meter_phase phase;
    struct meter_counts counts; /* at the last look */
    double seconds;
    double known; /* for so many seconds there has been a speed */
    double rows_per_s, raw_bytes_per_s, bytes_per_s, done_per_s;
    int percent;
};

/* Begins a phase in which the counts were these so many seconds after the start: what they grow by
 * from there on makes its speeds. */
void meter_gauge_begin(struct meter_gauge *g, enum meter_phase phase, double seconds,
                       const struct meter_counts *counts);

/* Takes the counts as they are so many seconds after the start, later than at the last look, and
 * fills in the view. No count may be less than at the last look. */
void meter_gauge_look(struct meter_gauge *g, double seconds, const struct meter_counts *counts,
                      struct meter_view *view);

#endif
