#include "pg/conninfo.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "pg/tls.h"

bool pg_conninfo_is_one(const char *text)
{
    static const char in_names[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_,";

    return text[strspn(text, in_names)] != '\0';
}

/* libpq quotes what it cannot parse, and that may be the password: its text is not used. */
static PQconninfoOption *parse(const char *conninfo)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);

    PQfreemem(message);
    if (options == NULL)
        error_set("the database's connection string is malformed (in a URL, write special "
                  "characters of the password as %%XX: @ is %%40, / is %%2F, %% is %%25)%s",
                  strchr(conninfo, '?') == NULL
                      ? ""
                      : ", or behind the ? stands an option that libpq does not know, as Prisma's "
                        "schema: leave that out");
    return options;
}

static const char *option_value(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val;
    return NULL;
}

/* libpq marks with "*" what is not to be shown; the keys that stand for a password it does not. */
static bool is_secret(const PQconninfoOption *option)
{
    return option->dispchar[0] == '*' || strncmp(option->keyword, "scram_", 6) == 0;
}

/* Whether a URL has an @ in the name of its database: then what is before it may be the rest of a
 * password with a / in it, and what stands where host and port do its beginning. */
static bool has_at_in_path(const char *conninfo)
{
    const char *path = strstr(conninfo, "://");

    if (strncmp(conninfo, "postgres", 8) != 0 || path == NULL)
        return false;
    path += 3;
    path += strcspn(path, "/?");
    return path[strcspn(path, "?@")] == '@';
}

/* An unescaped @ or / of a password moves its rest to where host, port or database are read. */
static int check_places(const char *conninfo, const PQconninfoOption *options)
{
    const char *host = option_value(options, "host");
    const char *port = option_value(options, "port");

    if (host != NULL && strchr(host, '@') != NULL)
        return error_set("the database URL's host has an @ in it: write an @ of the password as "
                         "%%40");
    if (port != NULL && strspn(port, "0123456789,") != strlen(port))
        return error_set("the database URL's port is no number: write a / of the password as %%2F, "
                         "a : as %%3A");
    if (has_at_in_path(conninfo))
        return error_set("the database URL has an @ behind a /: write a / of the password as %%2F, "
                         "an @ of the database's name as %%40");
    for (; options->keyword != NULL; options++)
        if (is_secret(options) && options->val != NULL && strcmp(options->keyword, "password") != 0)
            return error_set("the connection option %s cannot be handed to pg_dump in secret: "
                             "leave it out",
                             options->keyword);
    return 0;
}

int pg_conninfo_check(const char *conninfo)
{
    PQconninfoOption *options = parse(conninfo);
    int rc;

    if (options == NULL)
        return -1;
    rc = check_places(conninfo, options);
    PQconninfoFree(options);
    return rc;
}

bool pg_conninfo_has_password(const char *conninfo)
{
    PQconninfoOption *options = parse(conninfo);
    bool has = options != NULL && option_value(options, "password") != NULL;

    PQconninfoFree(options);
    return has;
}

char *pg_conninfo_given(const char *conninfo, const char *keyword)
{
    PQconninfoOption *given = parse(conninfo);
    const char *value = given != NULL ? option_value(given, keyword) : NULL;
    char *copy = value != NULL ? strdup(value) : NULL;

    PQconninfoFree(given);
    return copy;
}

char *pg_conninfo_option(const char *conninfo, const char *keyword)
{
    char *copy = pg_conninfo_given(conninfo, keyword);
    PQconninfoOption *defaults = copy == NULL ? PQconndefaults() : NULL;
    const char *value = defaults != NULL ? option_value(defaults, keyword) : NULL;

    if (value != NULL)
        copy = strdup(value);
    PQconninfoFree(defaults);
    return copy;
}

void pg_conninfo_defaults(const char *conninfo,
                          struct pg_conninfo_default defaults[PG_CONNINFO_MOST_DEFAULTS + 1])
{
    static const struct pg_conninfo_default dead_end[] = {
        {"keepalives_idle", "30"}, /* s */
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "60000"}, /* ms */
    };
    const struct pg_tls tls = pg_tls_choose(conninfo);
    char *service = pg_conninfo_option(conninfo, "service");
    size_t n = 0;

    for (size_t i = 0; i < sizeof(dead_end) / sizeof(dead_end[0]) && service == NULL; i++)
        defaults[n++] = dead_end[i];
    free(service);
    if (tls.sslmode != NULL)
        defaults[n++] = (struct pg_conninfo_default){"sslmode", tls.sslmode};
    if (tls.sslrootcert != NULL)
        defaults[n++] = (struct pg_conninfo_default){"sslrootcert", tls.sslrootcert};
    defaults[n] = (struct pg_conninfo_default){0};
}

static int add_option(struct buf *b, const char *keyword, const char *value)
{
    if (buf_printf(b, "%s%s='", b->len > 0 ? " " : "", keyword) != 0)
        return -1;
    for (; *value != '\0'; value++) {
        if ((*value == '\'' || *value == '\\') && buf_add_text(b, "\\") != 0)
            return -1;
        if (buf_add(b, value, 1) != 0)
            return -1;
    }
    return buf_add_text(b, "'");
}

/* A list of hosts, or a name of several addresses, could lead a second connection elsewhere. What
 * is given here goes before what a service file says. */
static int add_server(struct buf *b, PGconn *conn)
{
    const char *host = PQhost(conn), *address = PQhostaddr(conn);

    if (host == NULL || *host == '\0')
        host = address; /* libpq has one of both */
    if (host != NULL && *host != '\0' && add_option(b, "host", host) != 0)
        return -1;
    if (address != NULL && *address != '\0' && add_option(b, "hostaddr", address) != 0)
        return -1;
    if (add_option(b, "port", PQport(conn)) != 0 || add_option(b, "user", PQuser(conn)) != 0)
        return -1;
    return add_option(b, "dbname", PQdb(conn));
}

char *pg_conninfo_for_child(const char *conninfo, PGconn *conn)
{
    static const char *const own[] = {"host",
                                      "hostaddr",
                                      "port",
                                      "user",
                                      "dbname",
                                      "target_session_attrs",
                                      "load_balance_hosts",
                                      "passfile"};
    struct pg_conninfo_default defaults[PG_CONNINFO_MOST_DEFAULTS + 1];
    PQconninfoOption *options = parse(conninfo);
    struct buf b = {0};

    if (options == NULL)
        return NULL;
    pg_conninfo_defaults(conninfo, defaults);
    if (add_server(&b, conn) != 0)
        goto fail;
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
        bool skip = o->val == NULL || is_secret(o);

        for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && !skip; i++)
            skip = strcmp(o->keyword, own[i]) == 0;
        if (!skip && add_option(&b, o->keyword, o->val) != 0)
            goto fail;
    }
    for (const struct pg_conninfo_default *d = defaults; d->keyword != NULL; d++)
        if (option_value(options, d->keyword) == NULL && add_option(&b, d->keyword, d->value) != 0)
            goto fail;
    PQconninfoFree(options);
    return buf_take(&b);

fail:
    PQconninfoFree(options);
    buf_free(&b);
    return NULL;
}

/* Options that stand in the string are all that libpq takes, and of two it takes the later. */
static int add_server_options(struct buf *b, PGconn *conn, const char *more)
{
    PQconninfoOption *used = PQconninfo(conn);
    const char *before = used != NULL ? option_value(used, "options") : NULL;
    struct buf all = {0};
    int rc;

    rc = used == NULL ? error_set("out of memory")
                      : buf_printf(&all, "%s %s", before != NULL ? before : "", more);
    if (rc == 0)
        rc = add_option(b, "options", all.data);
    buf_free(&all);
    PQconninfoFree(used);
    return rc;
}

char *pg_conninfo_for_child_with(const char *conninfo, PGconn *conn, const char *more)
{
    char *without = pg_conninfo_for_child(conninfo, conn);
    struct buf b = {0};
    int rc = without != NULL ? buf_add_text(&b, without) : -1;

    free(without);
    if (rc == 0 && add_server_options(&b, conn, more) == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

char *pg_conninfo_passfile(PGconn *conn)
{
    const char *password = PQpass(conn);
    struct buf b = {0};

    if (password == NULL || *password == '\0')
        return buf_take(&b);
    if (buf_add_text(&b, "*:*:*:*:") != 0)
        goto fail;
    for (; *password != '\0'; password++) {
        if ((*password == ':' || *password == '\\') && buf_add_text(&b, "\\") != 0)
            goto fail;
        if (buf_add(&b, password, 1) != 0)
            goto fail;
    }
    if (buf_add_text(&b, "\n") != 0)
        goto fail;
    return buf_take(&b);

fail:
    buf_wipe(&b);
    return NULL;
}

void pg_conninfo_hide(char *conninfo)
{
    memset(conninfo, 'x', strlen(conninfo));
}

void pg_conninfo_wipe(char *conninfo)
{
    if (conninfo != NULL)
        sodium_memzero(conninfo, strlen(conninfo));
    free(conninfo);
}
