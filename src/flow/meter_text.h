/*
 * How progress looks: as a bar on a terminal, and as a line for a log. Both return 0 with the text
 * appended, or -1 with the error set (no memory).
 */
#ifndef FLOW_METER_TEXT_H
#define FLOW_METER_TEXT_H

#include "base/buf.h"
#include "flow/meter_gauge.h"

/* The table or other object in hand; `name` is "" where there is none. */
struct meter_name {
    const char *schema;
    const char *name;
};

/*
 * Each phase has its own, METER_READING's without a word; METER_SCHEMA's is like METER_INDEXES'.
 *
 *  41%  [===>    ]   12k rows/s  85.2 MB/s in  21.3 out   3m05s left  public.orders
 *  41%  [===>    ]  delivering  21.3 MB/s   3m05s left
 *  41%  [===>    ]  checking  21.3 MB/s   3m05s left
 *  --%  [        ]  dropping
 *  41%  [===>    ]  rows   12k rows/s  85.2 MB/s   3m05s left  public.orders
 *  40%  [===>    ]  indexes  12 of 30   3m05s left  public.orders_pkey
 *
 * At most columns - 1 wide: what does not fit is left out, or a name cut at a character's edge.
 * Names are taken as UTF-8; in them "?" stands for what is none and for what a terminal would obey.
 * "in" and what stands beside rows/s is rows' text, "out" and other speeds are of the drop; MB are
 * 10^6 bytes. Where it is not known how many objects there are, it is "12 done".
 */
int meter_text_bar(struct buf *b, const struct meter_view *view, const struct meter_name *in_hand,
                   int columns);

/*
 * In one line each:
 *
 * percent=41 tables=12 rows=2500000 raw_bytes=150000000 bytes=40000000 seconds=30 rows_per_s=12000
 * raw_mb_per_s=85.2 mb_per_s=21.3 left_s=185 table=public.orders
 *
 * phase=delivering percent=41 delivered_bytes=16400000 bytes=40000000 seconds=45 mb_per_s=21.3
 * left_s=185
 *
 * phase=checking percent=41 bytes=16400000 seconds=5 mb_per_s=21.3 left_s=185
 *
 * phase=dropping seconds=20
 *
 * phase=rows percent=41 tables=12 rows=2500000 raw_bytes=150000000 bytes=40000000 seconds=30
 * rows_per_s=12000 raw_mb_per_s=85.2 mb_per_s=21.3 left_s=185 table=public.orders
 *
 * phase=indexes percent=40 items=12 of=30 seconds=50 left_s=75 object=public.orders_pkey
 *
 * and the last but for its word for METER_SCHEMA. Counts are called as in the result's line. What
 * is not known is left out.
 */
int meter_text_line(struct buf *b, const struct meter_view *view, const struct meter_name *in_hand);

#endif
