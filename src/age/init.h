/* Makes libsodium ready. */
#ifndef AGE_INIT_H
#define AGE_INIT_H

/*
 * Calls sodium_init(). Every function of this folder that needs libsodium calls it first, so that
 * nobody has to remember it; a program may call it early to be told early. Any thread, any number
 * of times. Returns 0, or -1 with the error set where the system has no randomness to give.
 */
int age_init(void);

#endif
