#include "pg/tls.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "pg/conninfo.h"

#define RDS_DOMAIN ".rds.amazonaws.com"

/* Where Debian and Ubuntu, and so Heroku's images, have all the roots that the system trusts. Any
 * libpq takes a file; "system" needs version 16. */
#define ROOTS_FILE "/etc/ssl/certs/ca-certificates.crt"

/* What hosts a connection string has. */
enum hosts { HOSTS_LOCAL, HOSTS_REMOTE, HOSTS_RDS };

static bool is_local(const char *host, size_t len)
{
    unsigned char address[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN] = "";

    if (len == 0 || *host == '/' || *host == '@')
        return true;
    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    if (strcmp(text, "localhost") == 0 || strcmp(text, "::1") == 0)
        return true;
    return inet_pton(AF_INET, text, address) == 1 && address[0] == 127;
}

static bool is_rds(const char *host, size_t len)
{
    const size_t domain = strlen(RDS_DOMAIN);

    return len > domain && strncasecmp(host + len - domain, RDS_DOMAIN, domain) == 0;
}

/* Of a list, which libpq tries in turn with the same options. */
static enum hosts classify(const char *list)
{
    bool all_local = true, all_rds = true;

    for (;;) {
        size_t len = strcspn(list, ",");

        all_local = all_local && is_local(list, len);
        all_rds = all_rds && is_rds(list, len);
        if (list[len] == '\0')
            break;
        list += len + 1;
    }
    return all_local ? HOSTS_LOCAL : all_rds ? HOSTS_RDS : HOSTS_REMOTE;
}

/* A name stands before an address: that of a tunnel, say. */
static char *named_host(const char *conninfo)
{
    char *host = pg_conninfo_option(conninfo, "host");

    return host != NULL ? host : pg_conninfo_option(conninfo, "hostaddr");
}

static enum hosts hosts_of(const char *conninfo)
{
    char *host = named_host(conninfo);
    enum hosts hosts = host != NULL ? classify(host) : HOSTS_LOCAL;

    free(host);
    return hosts;
}

/* A variable's value; NULL where it is not set, or empty. */
static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* What the string, else the environment, says of sslmode, allocated, or NULL. */
static char *given_mode(const char *conninfo)
{
    char *mode = pg_conninfo_given(conninfo, "sslmode");
    const char *variable = value_of("PGSSLMODE");

    return mode == NULL && variable != NULL ? strdup(variable) : mode;
}

/* A service file is read by libpq alone, and PGREQUIRESSL is an old name for a mode. */
static bool is_left_to_libpq(const char *conninfo)
{
    char *service = pg_conninfo_option(conninfo, "service");
    const bool left = service != NULL || value_of("PGREQUIRESSL") != NULL;

    free(service);
    return left;
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
    char path[PATH_MAX];

    return home != NULL &&
           snprintf(path, sizeof(path), "%s/.postgresql/root.crt", home) < (int)sizeof(path) &&
           access(path, R_OK) == 0;
}

static bool has_roots(const char *conninfo)
{
    char *file = pg_conninfo_given(conninfo, "sslrootcert");
    const bool has = file != NULL || value_of("PGSSLROOTCERT") != NULL || has_roots_at_home();

    free(file);
    return has;
}

/* The mode that is to be asked for, where nobody else does. */
static const char *default_mode(enum hosts hosts)
{
    return hosts == HOSTS_RDS ? "verify-full" : hosts == HOSTS_REMOTE ? "require" : NULL;
}

struct pg_tls pg_tls_choose(const char *conninfo)
{
    struct pg_tls tls = {0};
    char *given = given_mode(conninfo);
    const char *mode = given;

    if (given == NULL && !is_left_to_libpq(conninfo))
        mode = tls.sslmode = default_mode(hosts_of(conninfo));
    if (mode != NULL && strcmp(mode, "verify-full") == 0 && !has_roots(conninfo))
        tls.sslrootcert = system_roots();
    free(given);
    return tls;
}

void pg_tls_tell(const char *conninfo)
{
    const enum hosts hosts = hosts_of(conninfo);
    char *mode = given_mode(conninfo);

    if (mode == NULL || hosts == HOSTS_LOCAL || strcmp(mode, "verify-full") == 0)
        ;
    else if (strcmp(mode, "require") != 0 && strcmp(mode, "verify-ca") != 0)
        log_warn("with sslmode=%s the connection to the database may go without TLS, for all on "
                 "the way to read: without sslmode it would not",
                 mode);
    else if (hosts == HOSTS_RDS)
        log_warn("with sslmode=%s nobody checks that it is the database that answers: without "
                 "sslmode that would be checked, as with verify-full",
                 mode);
    free(mode);
}

void pg_tls_advise(const char *conninfo)
{
    const struct pg_tls tls = pg_tls_choose(conninfo);

    if (tls.sslmode != NULL && strstr(error_text(), "server does not support SSL") != NULL)
        error_append(": where nobody on the way to it can listen, say so with sslmode=disable");
    if (tls.sslrootcert != NULL && (strstr(error_text(), "certificate verify failed") != NULL ||
                                    strstr(error_text(), "root certificate file") != NULL))
        error_append(hosts_of(conninfo) == HOSTS_RDS
                         ? ": this machine does not know Amazon's authority for databases: get "
                           "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem and "
                           "name that file with sslrootcert=FILE"
                         : ": this machine does not know the authority of the database's "
                           "certificate: name a file with it with sslrootcert=FILE");
}
