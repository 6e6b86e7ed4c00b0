/*
 * A file that may be armored (armor.h): looks at how it begins and takes the armor off if there is
 * one. age_unseal_new() and age_identities_read() use it themselves; it is for those who read a
 * header alone (header.h).
 */
#ifndef AGE_INPUT_H
#define AGE_INPUT_H

#include "base/stream.h"

enum age_input_kind {
    AGE_INPUT_BINARY,  /* it begins as an age file does, of any version */
    AGE_INPUT_ARMORED, /* it begins as ASCII armor of one does, blanks in front of it left out */
    AGE_INPUT_OTHER,   /* neither */
};

struct age_input;

/*
 * Reads as much of the beginning as it takes to tell; blocks as in does. What in points to must
 * outlive it. Returns it, to be freed with age_input_free(), or NULL with the error set.
 */
struct age_input *age_input_new(struct reader in);

enum age_input_kind age_input_kind(const struct age_input *input);

/* The reader of the whole file from its first byte: armored, of what the armor holds. */
struct reader age_input_reader(struct age_input *input);

/* The reader of the whole file as it is, armor and all. Only one of the two may be used. */
struct reader age_input_raw_reader(struct age_input *input);

/* Wipes what it holds and frees; NULL is allowed. */
void age_input_free(struct age_input *input);

#endif
