/*
 * PostgreSQL's own programs: where they are, and what they get to see.
 */
#ifndef PG_TOOLS_H
#define PG_TOOLS_H

struct pg_tool {
    char *path;    /* allocated */
    char *version; /* as it says itself, "15.20" or "17.2 (Debian 17.2-1)"; allocated */
    int major;
};

/*
 * Finds a program ("pg_dump", "pg_restore") of this major version or a newer one: the one on PATH,
 * else the oldest that fits of those that Debian and Ubuntu keep side by side. Runs it with
 * --version. Returns 0, or -1 with the error set; then there is nothing to free.
 */
int pg_tool_find(struct pg_tool *tool, const char *name, int least_major);
void pg_tool_free(struct pg_tool *tool);

/*
 * The environment for such a program: ours but for what may hold secrets (only the variables that
 * libpq, the dynamic linker and locales need are passed), and with PGPASSFILE naming the descriptor
 * `passfile_fd` unless that is -1. Returns a NULL-ended list, to be freed by program_free_env(), or
 * NULL with the error set.
 */
char **pg_tool_env(int passfile_fd);

/* The same, so that the program's own messages are in English. What a server says is in the
 * server's language. */
char **pg_tool_env_in_english(int passfile_fd);

#endif
