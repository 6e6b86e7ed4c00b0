#include "pg/session.h"

#include "base/buf.h"
#include "base/error.h"
#include "pg/connection.h"
#include "pg/pgdump.h"
#include "pg/sql.h"

int pg_session_from_options(struct pg_session *session, const char *const *user)
{
    static const char *const none[] = {NULL};
    struct option_words words = {.grammar = &pg_dump_grammar, .next = user != NULL ? user : none};
    struct option_word word;
    int rc;

    *session = (struct pg_session){0};
    while ((rc = option_words_step(&words, &word)) > 0) {
        if (option_word_is(&word, '\0', "role"))
            session->role = word.value;
        if (option_word_is(&word, '\0', "enable-row-security"))
            session->row_security = true;
        if (option_word_is(&word, '\0', "extra-float-digits"))
            session->extra_float_digits = word.value;
    }
    return rc;
}

static int add_literal(struct buf *sql, const char *before, PGconn *conn, const char *value)
{
    return buf_printf(sql, "; %s ", before) == 0 ? sql_add_literal(sql, conn, value) : -1;
}

static int add_name(struct buf *sql, const char *before, PGconn *conn, const char *name)
{
    return buf_printf(sql, "; %s ", before) == 0 ? sql_add_name(sql, conn, name) : -1;
}

int pg_session_lift_timeout(PGconn *conn, const char *encoding)
{
    struct buf sql = {0};
    int rc = buf_add_text(&sql, "SET statement_timeout = 0");

    if (rc == 0 && encoding != NULL)
        rc = add_literal(&sql, "SET client_encoding =", conn, encoding);
    if (rc == 0)
        rc = pg_command_under_timeout(conn, sql.data);
    buf_free(&sql);
    return rc;
}

int pg_session_add_common(struct buf *sql, PGconn *conn, bool row_security)
{
    static const char always[] = "SET lock_timeout = 0;"
                                 "SET idle_in_transaction_session_timeout = 0;"
                                 "SET search_path = '';"
                                 "SET IntervalStyle = postgres;";
    const int major = pg_server_major(conn);

    if (buf_add_text(sql, always) != 0 ||
        buf_printf(sql, "SET row_security = %s;", row_security ? "on" : "off") != 0)
        return -1;
    if (major >= 14 && buf_add_text(sql, "SET idle_session_timeout = 0;") != 0)
        return -1;
    return major >= 17 ? buf_add_text(sql, "SET transaction_timeout = 0;") : 0;
}

static int add_settings(struct buf *sql, PGconn *conn, const struct pg_session *s)
{
    /* A scan that starts in the middle, or on several processors, would bring the rows in another
     * order than the table's. */
    static const char always[] = "SET DateStyle = ISO;"
                                 "SET TimeZone = 'UTC';"
                                 "SET bytea_output = hex;"
                                 "SET quote_all_identifiers = off;"
                                 "SET synchronize_seqscans = off;"
                                 "SET max_parallel_workers_per_gather = 0;";
    /* A table that its owner swaps for a view would have its functions run as who dumps. Minor
     * releases brought the setting. */
    static const char no_views[] =
        "SELECT pg_catalog.set_config(name, 'view, foreign-table', false) "
        "FROM pg_catalog.pg_settings WHERE name = 'restrict_nonsystem_relation_kind'";

    if (pg_session_add_common(sql, conn, s->row_security) != 0 || buf_add_text(sql, always) != 0 ||
        buf_add_text(sql, no_views) != 0)
        return -1;
    if (add_literal(sql, "SET extra_float_digits =", conn,
                    s->extra_float_digits != NULL ? s->extra_float_digits : "3") != 0)
        return -1;
    if (s->lc_monetary != NULL && add_literal(sql, "SET lc_monetary =", conn, s->lc_monetary) != 0)
        return -1;
    return s->role != NULL ? add_name(sql, "SET ROLE", conn, s->role) : 0;
}

int pg_session_prepare(PGconn *conn, const struct pg_session *session)
{
    struct buf sql = {0};
    int rc = pg_session_lift_timeout(conn, session->encoding);

    if (rc == 0)
        rc = add_settings(&sql, conn, session);
    if (rc == 0)
        rc = pg_command_under_timeout(conn, sql.data);
    buf_free(&sql);
    return rc;
}
