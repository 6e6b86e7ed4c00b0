/*
 * Connection strings: checked before use, and passed on to child processes without what is secret
 * in them.
 *
 * No text made here holds a password, also where a URL is malformed so that a part of the password
 * stands where a host or a port belongs. Any thread may call these, as long as none changes the
 * environment or ends the connection.
 */
#ifndef PG_CONNINFO_H
#define PG_CONNINFO_H

#include <libpq-fe.h>
#include <stdbool.h>

/* Whether the text is meant as a connection string (a URL or keyword=value), right or wrong: it has
 * a character that is in no variable's name and no comma. */
bool pg_conninfo_is_one(const char *text);

/* Checks a connection string without connecting. Returns 0, or -1 with the error set. */
int pg_conninfo_check(const char *conninfo);

/* Whether a connection string that has passed the check has a password in it. */
bool pg_conninfo_has_password(const char *conninfo);

/* The value of one option where the string itself has it. Returns an allocated copy, or NULL. */
char *pg_conninfo_given(const char *conninfo, const char *keyword);

/* The value of one option as libpq would take it from the string, else from the environment.
 * Returns an allocated copy, or NULL where there is none. */
char *pg_conninfo_option(const char *conninfo, const char *keyword);

struct pg_conninfo_default {
    const char *keyword;
    const char *value;
};

#define PG_CONNINFO_MOST_DEFAULTS 6

/*
 * Options that a connection gets where the string does not say otherwise: TLS (tls.h), and that one
 * whose other end has gone without a word fails after a minute, not after hours. The list ends with
 * the keyword NULL. Empty where a service file is named, in the string or by PGSERVICE: it may say
 * otherwise, and libpq would prefer ours.
 */
void pg_conninfo_defaults(const char *conninfo,
                          struct pg_conninfo_default defaults[PG_CONNINFO_MOST_DEFAULTS + 1]);

/*
 * What another program needs to reach the very server that `conn` is connected to, in the same way
 * as `conninfo` says, defaults included, but for the password. Returns an allocated string, or NULL
 * with the error set.
 */
char *pg_conninfo_for_child(const char *conninfo, PGconn *conn);

/* The same, with `more` behind the options for the server that `conn` has, from wherever: in the
 * form of PGOPTIONS, "-c name=value". */
char *pg_conninfo_for_child_with(const char *conninfo, PGconn *conn, const char *more);

/* The password in use as a libpq password file for any host and database; "" where there is none.
 * The caller wipes and frees it. NULL with the error set. */
char *pg_conninfo_passfile(PGconn *conn);

/* Overwrites a connection string's characters, as it stands in argv for all to see. */
void pg_conninfo_hide(char *conninfo);

/* Overwrites an allocated one, since it may hold a password, and frees it. NULL is fine. */
void pg_conninfo_wipe(char *conninfo);

#endif
