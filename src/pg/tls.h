/*
 * TLS to a database server where the connection string says nothing of it: libpq by itself does
 * without as soon as the server, or somebody on the way there, says that it has none.
 *
 * What counts is the host as it is named, not where a name leads. The connection strings have
 * passed pg_conninfo_check(). Any thread may call these functions, as long as none changes the
 * environment or uses the connection.
 */
#ifndef PG_TLS_H
#define PG_TLS_H

#include <libpq-fe.h>

/* Values of libpq's options, or NULL for what is not to be set. They are constants, or the
 * environment's. */
struct pg_tls {
    const char *sslmode;
    const char *sslrootcert;
};

/*
 * What a connection is to be given. Nothing where a service file is named, which may say what it
 * wants. No mode where the string or the environment asks for one, and where all hosts and
 * addresses are this machine; "verify-full" where one of them is Amazon RDS, whose authority
 * Heroku's images trust, and with sslrootcert=system, where libpq takes nothing else; and "require"
 * otherwise. With "verify-full", whoever asks for it, the system's root certificates, which libpq
 * by itself would not look at, unless others are named or are in ~/.postgresql/root.crt.
 */
struct pg_tls pg_tls_choose(const char *conninfo);

/* Tells the user where a connection's mode, whoever asked for it, is weaker than what
 * pg_tls_choose() takes for its host. */
void pg_tls_tell(PGconn *conn);

/* Adds to the error of a connection that failed what to do, where it was for what pg_tls_choose()
 * has asked for, for roots that nobody named, or for a mode that is node-postgres' own. */
void pg_tls_advise(const char *conninfo);

#endif
