/*
 * An option that names a database.
 */
#ifndef CMD_DATABASE_OPTION_H
#define CMD_DATABASE_OPTION_H

/*
 * Takes what was given with `option`: a connection string, which is overwritten in `text` since all
 * can see it there, or names of variables as pg_source_resolve() has them. Returns the connection
 * string, to be freed with pg_conninfo_wipe(), or NULL with the error set.
 */
char *database_option_take(char *text, const char *option);

/* Refuses, on a dyno, a text with a password in it; `conninfo` is what it was taken for. Returns 0,
 * or -1 with the error set. */
int database_option_check(const char *text, const char *conninfo, const char *option);

#endif
