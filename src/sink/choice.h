/*
 * Which of a target's places gets the drop: the first that answers, and the next where one does
 * not in time. Files always answer, and machines as long as this one is in the tailnet. One thread
 * uses a choice.
 */
#ifndef SINK_CHOICE_H
#define SINK_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/alternatives.h"
#include "tailnet/node.h"

struct choice_options {
    const struct alternatives *places; /* in order of choice */
    struct tailnet_node *node;         /* NULL where no place needs one */
    int wait_s;                        /* how long a place that does not answer is waited for */
};

/* What is in it is the module's. */
struct choice {
    struct choice_options options;
    bool *given_up;        /* of each place */
    size_t place;          /* the one that is tried, or none yet */
    size_t asked;          /* the one that was asked last whether it answers */
    bool is_settled;       /* no other place will do */
    bool has_answered;     /* it has just taken what was sent */
    bool path_told;        /* how it is reached */
    bool waiting_told;     /* that it does not answer */
    int64_t trouble_since; /* clock_ms(); 0: there is none */
};

/* The options are copied, what they point to is kept. Returns 0, or -1 with the error set. */
int choice_init(struct choice *c, const struct choice_options *options);
void choice_clear(struct choice *c);

/* The place that is tried, or was last; before there is one, the first. */
const struct alternative *choice_place(const struct choice *c);

/*
 * Looks for the first place that answers, which choice_place() is then; one that is being sent to
 * is not left for another at once, nor asked again when all has gone well. Blocks for up to 12 s
 * for each, and while the tailnet is being joined. Tells the user once how the place is reached.
 * Returns whether there is one; where not, the error says why the last does not answer.
 */
bool choice_find(struct choice *c);

/* None answered. Tells the user once that it is waited for. Returns 0 where one may later, or -1
 * with the error, which said why, completed: no place is left. */
int choice_missed(struct choice *c);

/*
 * What was tried with the place failed, for the reason that the error says, and had got on last at
 * `moved`, by clock_ms(): from then on it has been waited for, if not for longer. Tells the user.
 * Returns 0 where it may be tried again, after choice_find(), or -1: no place is left.
 */
int choice_failed(struct choice *c, int64_t moved);

/* The place has what it was to get. From now on no other will do. */
void choice_settle(struct choice *c);

#endif
