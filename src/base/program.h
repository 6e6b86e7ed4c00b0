/*
 * Other programs: where they are, and what they get to see of our environment.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stdbool.h>

/* Looks for the program in PATH's folders. Returns 1 with an allocated path, 0 where it is in none,
 * -1 with the error set. */
int program_find(const char *name, char **path);

/*
 * The environment for a program: those of our variables ("NAME=value") that `is_passed` says yes
 * to, given `self`, and `more`, which ends with NULL. Returns a NULL-ended list, to be freed by
 * program_free_env(), or NULL with the error set.
 */
char **program_env(bool (*is_passed)(const void *self, const char *variable), const void *self,
                   const char *const more[]);
void program_free_env(char **env);

#endif
