/*
 * TLS to a database server where the connection string says nothing of it: libpq by itself does
 * without as soon as the server, or somebody on the way there, says that it has none.
 *
 * What counts is the host as it is named, not where a name leads. Functions here take connection
 * strings that have passed pg_conninfo_check(). Any thread may call them, as long as none changes
 * the environment.
 */
#ifndef PG_TLS_H
#define PG_TLS_H

/* Values of libpq's options, or NULL for what is not to be set. They are constants, or the
 * environment's. */
struct pg_tls {
    const char *sslmode;
    const char *sslrootcert;
};

/*
 * What a connection is to be given. No mode where the string, the environment or a service file may
 * say what they want, and where all hosts are this machine; "require" else; and "verify-full" for
 * Amazon RDS, whose authority Heroku's images trust. With
 * "verify-full", whoever asks for it, the system's root certificates, which libpq by itself would
 * not look at, unless others are named or are in ~/.postgresql/root.crt.
 */
struct pg_tls pg_tls_choose(const char *conninfo);

/* Tells the user where the string or the environment asks for less than pg_tls_choose() would. */
void pg_tls_tell(const char *conninfo);

/* Adds to the error of a connection that failed what to do, where it was for what pg_tls_choose()
 * has asked for. */
void pg_tls_advise(const char *conninfo);

#endif
