/*
 * Tailscale's programs: where they are, and what they get to see.
 */
#ifndef TAILNET_PROGRAMS_H
#define TAILNET_PROGRAMS_H

/* Looks for "tailscale" or "tailscaled" on PATH. Returns 0 with an allocated path, or -1 with the
 * error set, which says how to get it. */
int tailnet_program_find(const char *name, char **path);

/*
 * The environment for such a program: those of our variables that it needs, no keys among them, and
 * bounds for its memory unless we have some. `logs` is the folder where tailscaled keeps its logs;
 * NULL for tailscale, which keeps none. Returns a NULL-ended list, to be freed by
 * program_free_env(), or NULL with the error set.
 */
char **tailnet_program_env(const char *logs);

#endif
