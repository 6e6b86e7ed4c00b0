/*
 * What a run goes through one after the other. A dump reads and then delivers; a restore has the
 * other phases, in this order, and may leave some out.
 */
#ifndef FLOW_METER_PHASE_H
#define FLOW_METER_PHASE_H

/* In brackets what there is to do. */
enum meter_phase {
    METER_READING,    /* a database (bytes of relations, an estimate) */
    METER_DELIVERING, /* what is left of the drop, when all is read (bytes of the drop) */
    METER_CHECKING,   /* the whole drop, before anything is changed (bytes of the drop) */
    METER_DROPPING,   /* what is in the way (never told) */
    METER_SCHEMA,     /* what rows need to be there (objects) */
    METER_ROWS,       /* loading them (bytes of the drop) */
    METER_INDEXES,    /* and all else that comes after the rows (objects) */
};

#endif
