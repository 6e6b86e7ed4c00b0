#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/program.h"
#include "pg/conninfo.h"
#include "pg/tools.h"

static void what_can_be_no_variables_name_is_a_connection_string(void **state)
{
    (void)state;
    assert_true(pg_conninfo_is_one("postgres://u@h/d"));
    assert_true(pg_conninfo_is_one("host=h dbname=d"));
    assert_true(pg_conninfo_is_one("postgre://u:secret@h/d"));
    assert_false(pg_conninfo_is_one("DATABASE_URL"));
    assert_false(pg_conninfo_is_one("HEROKU_POSTGRESQL_RED_URL,DATABASE_URL"));
}

static void good_connection_strings_pass(void **state)
{
    static const char *const good[] = {
        "postgres://u:p@h:5432/d", "postgresql://u:p%40%2F@h/d?sslmode=require",
        "postgres:///d",           "postgres://u:p@h1:1,h2:2/d",
        "postgres://h/a%40b",      "postgres://h/d?user=a@b",
        "postgres://[::1]:5432/d", "host=/run/postgresql dbname='a@b/c' password=a/b@c",
        "postgres://h:/d",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(pg_conninfo_check(good[i]), 0);
}

static void a_malformed_one_is_refused_without_a_part_of_its_password(void **state)
{
    /* The password is "sec", a special character, and "ret", with digits where they matter. */
    static const char *const bad[] = {
        "postgres://u:sec@ret@h/d",      "postgres://u:sec/ret@h/d",
        "postgres://u:sec/r/et@h/d",     "postgres://u:31/ret@h/d",
        "postgres://u:31/re@t@h:5432/d", "postgres://u:sec@31/ret@h/d",
        "postgres://u:sec%zzret@h/d",    "postgres://u:sec@[ret@h/d",
        "postgres://u:sec@ret:31@h/d",   "postgres://u:sec@31,ret@h/d",
        "postgre://u:secret@h/d",        "postgres:/u:secret@h/d",
        "host=h password=sec ret",       "host=h password='secret",
        "host=h passwrd=secret",         "postgres://u:31/sec?ret=x@h/d",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(pg_conninfo_check(bad[i]), -1);
        assert_null(strstr(error_text(), "sec"));
        assert_null(strstr(error_text(), "ret"));
        assert_null(strstr(error_text(), "31"));
    }
}

static void an_option_that_libpq_does_not_know_may_be_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(pg_conninfo_check("postgres://u:p@h/d?schema=public"), -1);
    assert_non_null(strstr(error_text(), "behind the ? stands an option that libpq does not know"));
    assert_int_equal(pg_conninfo_check("postgres://u:p%zz@h/d"), -1);
    assert_null(strstr(error_text(), "behind the ?"));
}

static void a_secret_that_pg_dump_cannot_get_in_secret_is_refused(void **state)
{
    (void)state;
    assert_int_equal(pg_conninfo_check("host=h sslkey=k sslpassword=secret"), -1);
    assert_string_equal(error_text(), "the connection option sslpassword cannot be handed to "
                                      "pg_dump in secret: leave it out");
}

static void a_password_is_seen_in_both_forms(void **state)
{
    (void)state;
    assert_true(pg_conninfo_has_password("postgres://u:p@h/d"));
    assert_true(pg_conninfo_has_password("host=h password=p"));
    assert_true(pg_conninfo_has_password("postgres://u@h/d?password=p"));
    assert_false(pg_conninfo_has_password("postgres://u@h/d"));
    assert_false(pg_conninfo_has_password("not one"));
}

/* A connection that was begun to a port where nobody listens: libpq knows what it would use. */
static PGconn *begin(const char *conninfo)
{
    const char *const keywords[] = {"dbname", NULL}, *const values[] = {conninfo, NULL};
    PGconn *conn = PQconnectStartParams(keywords, values, 1);

    assert_non_null(conn);
    return conn;
}

static void assert_for_child(const char *conninfo, const char *expected)
{
    PGconn *conn = begin(conninfo);
    char *text = pg_conninfo_for_child(conninfo, conn);

    assert_non_null(text);
    assert_non_null(strstr(text, expected));
    assert_null(strstr(text, "secret"));
    assert_int_equal(pg_conninfo_check(text), 0);
    free(text);
    PQfinish(conn);
}

static void a_child_gets_the_same_server_and_options_but_no_password(void **state)
{
    (void)state;
    assert_for_child("postgres://u:secret@127.0.0.1:1/d?sslmode=disable",
                     "port='1' user='u' dbname='d' sslmode='disable'");
    assert_for_child("postgres://u:secret@127.0.0.1:1/d", "host='127.0.0.1'");
    assert_for_child("host=127.0.0.1 port=1 user='it\\'s' dbname='a b\\\\c'",
                     "user='it\\'s' dbname='a b\\\\c'");
    assert_for_child("host=127.0.0.1 port=1 user=u dbname=d password=secret passfile=/secret",
                     "port='1' user='u' dbname='d'");
}

static void a_dead_connection_ends_within_a_minute_unless_the_string_says_otherwise(void **state)
{
    (void)state;
    unsetenv("PGSERVICE");
    assert_for_child("postgres://u@127.0.0.1:1/d",
                     "dbname='d' keepalives_idle='30' keepalives_interval='10' "
                     "keepalives_count='3' tcp_user_timeout='60000'");
    assert_for_child("postgres://u@127.0.0.1:1/d?keepalives_idle=7&tcp_user_timeout=8",
                     "keepalives_idle='7' tcp_user_timeout='8' keepalives_interval='10' "
                     "keepalives_count='3'");
}

static const char *first_default(const char *conninfo)
{
    static struct pg_conninfo_default defaults[PG_CONNINFO_MOST_DEFAULTS + 1];

    pg_conninfo_defaults(conninfo, defaults);
    return defaults[0].keyword;
}

static void a_service_file_may_say_otherwise(void **state)
{
    (void)state;
    unsetenv("PGSERVICE");
    assert_non_null(first_default("host=h"));
    assert_null(first_default("host=h service=mine"));
    assert_null(first_default("host=h service=mine sslmode=verify-full"));
    setenv("PGSERVICE", "of which no file tells", 1);
    assert_null(first_default("host=h"));
    unsetenv("PGSERVICE");
}

static void a_password_file_line_escapes_what_is_special_in_it(void **state)
{
    PGconn *conn = begin("postgres://u:a%3Ab%5Cc%20d@127.0.0.1:1/d");
    char *text = pg_conninfo_passfile(conn);

    (void)state;
    assert_string_equal(text, "*:*:*:*:a\\:b\\\\c d\n");
    free(text);
    PQfinish(conn);
}

static void without_a_password_there_is_no_password_file(void **state)
{
    PGconn *conn = begin("host=127.0.0.1 port=1 user=u passfile=/nonexistent");
    char *text = pg_conninfo_passfile(conn);

    (void)state;
    assert_string_equal(text, "");
    free(text);
    PQfinish(conn);
}

static void hiding_leaves_nothing_but_the_length(void **state)
{
    char text[] = "postgres://u:p@h";

    (void)state;
    pg_conninfo_hide(text);
    assert_string_equal(text, "xxxxxxxxxxxxxxxx");
}

static bool has(char **env, const char *variable)
{
    for (; *env != NULL; env++)
        if (strcmp(*env, variable) == 0)
            return true;
    return false;
}

static void a_tool_gets_libpqs_variables_and_no_secrets(void **state)
{
    char **env;

    (void)state;
    setenv("PGSSLMODE", "require", 1);
    setenv("PGREQUIRESSL", "1", 1);
    setenv("PGOPTIONS", "-c a_b=c", 1);
    setenv("PGPASSWORD", "secret", 1);
    setenv("PGPASSFILE", "mine", 1);
    setenv("PGHERO_DATABASE_URL", "secret", 1);
    setenv("DATABASE_URL", "secret", 1);
    setenv("PGURL", "secret", 1);
    setenv("PGSERVICEFILE", "file", 1);
    env = pg_tool_env(7);
    assert_non_null(env);
    assert_true(has(env, "PGSSLMODE=require"));
    assert_true(has(env, "PGREQUIRESSL=1"));
    assert_true(has(env, "PGOPTIONS=-c a_b=c"));
    assert_true(has(env, "PGPASSFILE=/dev/fd/7"));
    assert_false(has(env, "PGPASSFILE=mine"));
    assert_false(has(env, "PGPASSWORD=secret"));
    assert_false(has(env, "PGHERO_DATABASE_URL=secret"));
    assert_false(has(env, "DATABASE_URL=secret"));
    assert_false(has(env, "PGURL=secret"));
    assert_true(has(env, "PGSERVICEFILE=file"));
    program_free_env(env);
    env = pg_tool_env(-1);
    assert_true(has(env, "PGPASSFILE=mine"));
    program_free_env(env);
    setenv("PGSERVICE", "of which no file tells", 1);
    env = pg_tool_env(-1);
    assert_non_null(env);
    program_free_env(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_no_variables_name_is_a_connection_string),
        cmocka_unit_test(good_connection_strings_pass),
        cmocka_unit_test(a_malformed_one_is_refused_without_a_part_of_its_password),
        cmocka_unit_test(an_option_that_libpq_does_not_know_may_be_what_is_wrong),
        cmocka_unit_test(a_secret_that_pg_dump_cannot_get_in_secret_is_refused),
        cmocka_unit_test(a_password_is_seen_in_both_forms),
        cmocka_unit_test(a_child_gets_the_same_server_and_options_but_no_password),
        cmocka_unit_test(a_dead_connection_ends_within_a_minute_unless_the_string_says_otherwise),
        cmocka_unit_test(a_service_file_may_say_otherwise),
        cmocka_unit_test(a_password_file_line_escapes_what_is_special_in_it),
        cmocka_unit_test(without_a_password_there_is_no_password_file),
        cmocka_unit_test(hiding_leaves_nothing_but_the_length),
        cmocka_unit_test(a_tool_gets_libpqs_variables_and_no_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
