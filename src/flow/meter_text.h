/*
 * How progress looks: as a bar on a terminal, and as a line for a log. Both return 0 with the text
 * appended, or -1 with the error set (no memory).
 */
#ifndef FLOW_METER_TEXT_H
#define FLOW_METER_TEXT_H

#include "base/buf.h"
#include "flow/meter_gauge.h"

/* The table in hand; `name` is "" where there is none. */
struct meter_table_name {
    const char *schema;
    const char *name;
};

/*
 *  41%  [===>    ]   12k rows/s  85.2 MB/s in  21.3 out   3m05s left  public.orders
 *
 * and while the drop is delivered
 *
 *  41%  [===>    ]  delivering  21.3 MB/s   3m05s left
 *
 * At most columns - 1 wide: what does not fit is left out, or a name cut at a character's edge.
 * Names are taken as UTF-8; in them "?" stands for what is none and for what a terminal would obey.
 * "in" is rows' text, "out" the drop; MB are 10^6 bytes.
 */
int meter_text_bar(struct buf *b, const struct meter_view *view,
                   const struct meter_table_name *table, int columns);

/*
 * percent=41 tables=12 rows=2500000 raw_bytes=150000000 bytes=40000000 seconds=30 rows_per_s=12000
 * raw_mb_per_s=85.2 mb_per_s=21.3 left_s=185 table=public.orders
 *
 * and while the drop is delivered
 *
 * phase=delivering percent=41 delivered_bytes=16400000 bytes=40000000 seconds=45 mb_per_s=21.3
 * left_s=185
 *
 * in one line. Counts are called as in the result's line. What is not known is left out.
 */
int meter_text_line(struct buf *b, const struct meter_view *view,
                    const struct meter_table_name *table);

#endif
