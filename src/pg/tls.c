#include "pg/tls.h"

#include <arpa/inet.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "pg/conninfo.h"

/* Where Debian and Ubuntu, and so Heroku's images, have all the roots that the system trusts. Any
 * libpq takes a file; "system" needs version 16. */
#define ROOTS_FILE "/etc/ssl/certs/ca-certificates.crt"

/* The kinds of hosts, each needing more than the one before. */
enum hosts { HOSTS_LOCAL, HOSTS_REMOTE, HOSTS_RDS };

static bool is_local(const char *host, size_t len)
{
    static const char *const names[] = {"localhost", "localhost.", "ip6-localhost", "::1"};
    unsigned char address[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN] = "";

    if (len == 0 || *host == '/' || *host == '@')
        return true;
    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(text, names[i]) == 0)
            return true;
    return inet_pton(AF_INET, text, address) == 1 && address[0] == 127;
}

static bool is_rds(const char *host, size_t len)
{
    static const char *const domains[] = {".rds.amazonaws.com", ".rds.amazonaws.com.cn"};

    if (len > 0 && host[len - 1] == '.')
        len--;
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        const size_t domain = strlen(domains[i]);

        if (len > domain && strncasecmp(host + len - domain, domains[i], domain) == 0)
            return true;
    }
    return false;
}

/* Of a list, which libpq tries in turn with the same options: what the neediest needs. */
static enum hosts classify_list(const char *list)
{
    enum hosts most = HOSTS_LOCAL;

    for (;;) {
        const size_t len = strcspn(list, ",");

        if (is_rds(list, len))
            most = HOSTS_RDS;
        else if (!is_local(list, len) && most == HOSTS_LOCAL)
            most = HOSTS_REMOTE;
        if (list[len] == '\0')
            return most;
        list += len + 1;
    }
}

/* Names and addresses, NULL for none. libpq goes to the address, but the name may be that of a
 * tunnel which begins there. */
static enum hosts classify(const char *names, const char *addresses)
{
    const enum hosts named = classify_list(names != NULL ? names : "");
    const enum hosts addressed = classify_list(addresses != NULL ? addresses : "");

    return named > addressed ? named : addressed;
}

static enum hosts hosts_of(const char *conninfo)
{
    char *names = pg_conninfo_option(conninfo, "host");
    char *addresses = pg_conninfo_option(conninfo, "hostaddr");
    const enum hosts hosts = classify(names, addresses);

    free(names);
    free(addresses);
    return hosts;
}

/* A variable's value; NULL where it is not set, or empty. */
static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* What the string, else the environment, says of an option, allocated, or NULL. */
static char *given(const char *conninfo, const char *keyword, const char *variable)
{
    char *own = pg_conninfo_given(conninfo, keyword);
    const char *value = value_of(variable);

    return own == NULL && value != NULL ? strdup(value) : own;
}

/* PGREQUIRESSL is an old name for a mode, and only "1" means one. */
static char *given_mode(const char *conninfo)
{
    char *mode = given(conninfo, "sslmode", "PGSSLMODE");
    const char *old = value_of("PGREQUIRESSL");

    return mode == NULL && old != NULL && *old == '1' ? strdup("require") : mode;
}

static char *given_roots(const char *conninfo)
{
    return given(conninfo, "sslrootcert", "PGSSLROOTCERT");
}

/* A service file is read by libpq alone. */
static bool has_service(const char *conninfo)
{
    char *service = pg_conninfo_option(conninfo, "service");
    const bool has = service != NULL;

    free(service);
    return has;
}

static const char *system_roots(void)
{
    const char *file = value_of("SSL_CERT_FILE");

    if (file == NULL)
        file = ROOTS_FILE;
    return access(file, R_OK) == 0 ? file : "system";
}

/* The file where libpq looks for roots by itself. */
static bool has_roots_at_home(void)
{
    const char *home = value_of("HOME");
    char path[PATH_MAX], text[4096];
    struct passwd entry, *found = NULL;

    if (home == NULL && getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) == 0 &&
        found != NULL)
        home = entry.pw_dir;
    return home != NULL &&
           snprintf(path, sizeof(path), "%s/.postgresql/root.crt", home) < (int)sizeof(path) &&
           access(path, R_OK) == 0;
}

/* The mode that is to be asked for, where nobody else does. With the roots "system" libpq refuses
 * any that is weaker than verify-full. */
static const char *default_mode(enum hosts hosts, const char *roots)
{
    if (hosts == HOSTS_LOCAL)
        return NULL;
    if (hosts == HOSTS_RDS || (roots != NULL && strcmp(roots, "system") == 0))
        return "verify-full";
    return "require";
}

static bool is_verify_full(const char *mode)
{
    return mode != NULL && strcmp(mode, "verify-full") == 0;
}

struct pg_tls pg_tls_choose(const char *conninfo)
{
    struct pg_tls tls = {0};
    char *mode, *roots;

    if (has_service(conninfo))
        return tls;
    mode = given_mode(conninfo);
    roots = given_roots(conninfo);
    if (mode == NULL)
        tls.sslmode = default_mode(hosts_of(conninfo), roots);
    if (is_verify_full(mode != NULL ? mode : tls.sslmode) && roots == NULL && !has_roots_at_home())
        tls.sslrootcert = system_roots();
    free(mode);
    free(roots);
    return tls;
}

static void tell_of_mode(const char *mode, enum hosts hosts)
{
    if (hosts == HOSTS_LOCAL || is_verify_full(mode))
        return;
    if (strcmp(mode, "require") != 0 && strcmp(mode, "verify-ca") != 0)
        log_warn("with sslmode=%s the connection to the database may go without TLS, for all on "
                 "the way to read: with sslmode=%s it would not",
                 mode, default_mode(hosts, NULL));
    else if (hosts == HOSTS_RDS)
        log_warn("with sslmode=%s nobody checks that it is the database that answers: with "
                 "sslmode=verify-full that would be checked",
                 mode);
}

void pg_tls_tell(PGconn *conn)
{
    PQconninfoOption *options = PQconninfo(conn);

    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        if (strcmp(o->keyword, "sslmode") == 0 && o->val != NULL)
            tell_of_mode(o->val, classify(PQhost(conn), PQhostaddr(conn)));
    PQconninfoFree(options);
}

static bool error_has(const char *text)
{
    return strstr(error_text(), text) != NULL;
}

static void advise_of_no_verify(const char *conninfo)
{
    char *own = pg_conninfo_given(conninfo, "sslmode");

    error_append(": that is node-postgres' word for require: %s",
                 own != NULL
                     ? "give the URL with sslmode=require, in DYNODROP_DATABASE or behind -d"
                     : "set PGSSLMODE=require for this command");
    free(own);
}

/* The partitions of Amazon's cloud that are apart have authorities of their own. */
static void advise_of_amazons_roots(const char *conninfo)
{
    char *host = pg_conninfo_option(conninfo, "host");
    const char *place = "truststore.pki.rds.amazonaws.com";

    if (host != NULL && strcasestr(host, ".rds.amazonaws.com.cn") != NULL)
        place = "rds-truststore.s3.cn-north-1.amazonaws.com.cn";
    else if (host != NULL && strcasestr(host, ".us-gov-") != NULL)
        place = "truststore.pki.us-gov-west-1.rds.amazonaws.com";
    error_append(": this machine does not know Amazon's authority for databases: get "
                 "https://%s/global/global-bundle.pem and name that file with sslrootcert=FILE",
                 place);
    free(host);
}

/* Whoever names roots knows what they are. */
static void advise_of_roots(const char *conninfo)
{
    char *roots = given_roots(conninfo);

    if (roots != NULL || has_service(conninfo))
        ;
    else if (hosts_of(conninfo) == HOSTS_RDS)
        advise_of_amazons_roots(conninfo);
    else if (has_roots_at_home())
        error_append(": libpq checks it by ~/.postgresql/root.crt, since there is that file: name "
                     "one with the right authority with sslrootcert=FILE, or with sslmode=require "
                     "one that does not exist, and nothing is checked");
    else
        error_append(": this machine does not know the authority of the database's certificate: "
                     "name a file with it with sslrootcert=FILE");
    free(roots);
}

void pg_tls_advise(const char *conninfo)
{
    const struct pg_tls tls = pg_tls_choose(conninfo);

    if (tls.sslmode != NULL && error_has("server does not support SSL"))
        error_append(": where nobody on the way to it can listen, say so with sslmode=disable");
    if (error_has("invalid sslmode value: \"no-verify\""))
        advise_of_no_verify(conninfo);
    if (error_has("certificate verify failed") || error_has("root certificate file"))
        advise_of_roots(conninfo);
}
