/*
 * Which database: from what the user wrote to a connection string.
 */
#ifndef PG_SOURCE_H
#define PG_SOURCE_H

/* What is dumped when the user says nothing. */
#define PG_SOURCE_DEFAULT "DATABASE_URL"

/*
 * `choice` is a connection string, or names of variables that hold one, in order of choice and
 * separated by commas: the first that is set is taken. `option` is where it is given, for errors.
 * Returns an allocated connection string that pg_conninfo_check() has passed, to be wiped (it may
 * hold a password) and freed; or NULL with the error set.
 */
char *pg_source_resolve(const char *choice, const char *option);

#endif
