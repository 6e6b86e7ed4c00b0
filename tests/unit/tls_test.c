/* Which connections get TLS though their string does not ask for it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "pg/conninfo.h"
#include "pg/tls.h"

static int forget(void **state)
{
    static const char *const variables[] = {"PGHOST",       "PGHOSTADDR",   "PGSERVICE",
                                            "PGSSLMODE",    "PGREQUIRESSL", "PGSSLROOTCERT",
                                            "SSL_CERT_FILE"};

    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    setenv("HOME", "/nonexistent", 1);
    return 0;
}

static void assert_mode(const char *conninfo, const char *mode)
{
    const struct pg_tls tls = pg_tls_choose(conninfo);

    if (mode == NULL) {
        assert_null(tls.sslmode);
        return;
    }
    assert_non_null(tls.sslmode);
    assert_string_equal(tls.sslmode, mode);
}

static void this_machine_needs_none(void **state)
{
    static const char *const local[] = {
        "postgres:///d",         "host=/run/postgresql", "postgres://localhost/d",
        "postgres://127.0.0.1/", "postgres://[::1]/d",   "host=localhost,127.0.0.2",
        "hostaddr=127.0.0.1",    "host=@abstract",       "host=LocalHost",
        "host=localhost.",       "host=ip6-localhost",   "host=localhost hostaddr=127.0.0.1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        assert_mode(local[i], NULL);
}

static void another_requires_it(void **state)
{
    static const char *const remote[] = {
        "postgres://u:p@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d",
        "host=10.0.0.1",
        "host=localhost,db",
        "hostaddr=192.0.2.1",
        "host=db hostaddr=127.0.0.1",
        "host=rds.amazonaws.com.example",
        "host=.rds.amazonaws.com",
        "host=127.0.0.1.example",
        "host=localhost hostaddr=203.0.113.5",
        "hostaddr=127.0.0.1,203.0.113.5",
        "host=localhost.example",
        "host=rds.amazonaws.com.cn",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
        assert_mode(remote[i], "require");
    setenv("PGHOST", "db", 1);
    assert_mode("dbname=d", "require");
    setenv("PGHOST", "/run/postgresql", 1);
    assert_mode("hostaddr=203.0.113.5", "require");
    setenv("PGHOSTADDR", "203.0.113.5", 1);
    assert_mode("postgres://localhost/d", "require");
}

static void amazons_is_checked_by_the_systems_roots(void **state)
{
    (void)state;
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    assert_mode("postgres://u@shop.abc.us-east-1.rds.amazonaws.com/d", "verify-full");
    assert_mode("host=A.RDS.AMAZONAWS.COM,b.rds.amazonaws.com", "verify-full");
    assert_mode("host=a.rds.amazonaws.com. hostaddr=127.0.0.1", "verify-full");
    assert_mode("host=a.rds.cn-north-1.rds.amazonaws.com.cn", "verify-full");
    assert_mode("host=b,a.rds.amazonaws.com,localhost", "verify-full");
    assert_string_equal(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert, "/dev/null");
    setenv("SSL_CERT_FILE", "/nonexistent", 1);
    assert_string_equal(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert, "system");
}

static void whoever_wants_it_checked_gets_these_roots(void **state)
{
    (void)state;
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    assert_mode("host=db sslmode=verify-full", NULL);
    assert_string_equal(pg_tls_choose("host=db sslmode=verify-full").sslrootcert, "/dev/null");
    assert_null(pg_tls_choose("host=db sslmode=verify-ca").sslrootcert);
    assert_null(pg_tls_choose("host=db sslmode=verify-full sslrootcert=mine").sslrootcert);
    setenv("PGSSLMODE", "verify-full", 1);
    assert_string_equal(pg_tls_choose("host=db").sslrootcert, "/dev/null");
}

static void roots_that_are_named_stay(void **state)
{
    (void)state;
    assert_mode("host=a.rds.amazonaws.com sslrootcert=mine", "verify-full");
    assert_null(pg_tls_choose("host=a.rds.amazonaws.com sslrootcert=mine").sslrootcert);
    setenv("PGSSLROOTCERT", "mine", 1);
    assert_null(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert);
}

/* libpq refuses any weaker mode with them. */
static void the_systems_roots_by_that_name_are_for_a_full_check(void **state)
{
    (void)state;
    assert_mode("host=db sslrootcert=system", "verify-full");
    assert_null(pg_tls_choose("host=db sslrootcert=system").sslrootcert);
    assert_mode("host=localhost sslrootcert=system", NULL);
    assert_mode("host=db sslrootcert=system sslmode=require", NULL);
    setenv("PGSSLROOTCERT", "system", 1);
    assert_mode("host=db", "verify-full");
    assert_mode("host=db sslrootcert=mine", "require");
}

/* A folder that is HOME and has the file where libpq looks for roots. */
struct home {
    char path[24], folder[64], file[80];
};

static struct home make_home(void)
{
    struct home home = {.path = "/tmp/tls_test.XXXXXX"};

    assert_non_null(mkdtemp(home.path));
    snprintf(home.folder, sizeof(home.folder), "%s/.postgresql", home.path);
    snprintf(home.file, sizeof(home.file), "%s/root.crt", home.folder);
    assert_int_equal(mkdir(home.folder, 0700), 0);
    assert_int_equal(close(open(home.file, O_CREAT | O_WRONLY, 0600)), 0);
    setenv("HOME", home.path, 1);
    return home;
}

static void remove_home(const struct home *home)
{
    unlink(home->file);
    rmdir(home->folder);
    rmdir(home->path);
}

static void roots_at_home_are_found_by_libpq(void **state)
{
    struct home home;

    (void)state;
    assert_non_null(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert);
    home = make_home();
    assert_null(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert);
    remove_home(&home);
}

static void who_says_what_is_to_be_gets_that(void **state)
{
    (void)state;
    assert_mode("postgres://db/d?sslmode=disable", NULL);
    assert_mode("host=a.rds.amazonaws.com sslmode=require", NULL);
    setenv("PGSSLMODE", "prefer", 1);
    assert_mode("host=db", NULL);
}

static void an_old_name_for_a_mode_means_one_only_as_1(void **state)
{
    (void)state;
    setenv("PGREQUIRESSL", "1", 1);
    assert_mode("host=a.rds.amazonaws.com", NULL);
    setenv("PGREQUIRESSL", "0", 1);
    assert_mode("host=a.rds.amazonaws.com", "verify-full");
    assert_mode("host=db", "require");
}

static void a_service_file_may_say_all_of_it(void **state)
{
    (void)state;
    assert_mode("host=db service=mine", NULL);
    assert_mode("host=db service=mine sslrootcert=system", NULL);
    assert_null(pg_tls_choose("host=db service=mine sslmode=verify-full").sslrootcert);
    setenv("PGSERVICE", "of which no file tells", 1);
    setenv("PGSSLMODE", "verify-full", 1);
    assert_null(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert);
}

static void a_connection_gets_it_with_its_other_defaults(void **state)
{
    struct pg_conninfo_default defaults[PG_CONNINFO_MOST_DEFAULTS + 1];

    (void)state;
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    pg_conninfo_defaults("host=a.rds.amazonaws.com", defaults);
    assert_string_equal(defaults[4].keyword, "sslmode");
    assert_string_equal(defaults[4].value, "verify-full");
    assert_string_equal(defaults[5].keyword, "sslrootcert");
    assert_string_equal(defaults[5].value, "/dev/null");
    assert_null(defaults[6].keyword);
}

/* What is added to the error `text`. */
static const char *advice(const char *conninfo, const char *text)
{
    error_set("%s", text);
    pg_tls_advise(conninfo);
    assert_memory_equal(error_text(), text, strlen(text));
    return error_text() + strlen(text);
}

static void assert_advice(const char *conninfo, const char *text, const char *part)
{
    const char *added = advice(conninfo, text);

    if (strstr(added, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, added);
}

static const char no_tls[] = "server does not support SSL, but SSL was required";
static const char not_verified[] = "SSL error: certificate verify failed";
static const char no_verify[] = "invalid sslmode value: \"no-verify\"";

static void advice_is_for_what_was_chosen_here(void **state)
{
    (void)state;
    assert_string_equal(advice("host=db sslmode=require", no_tls), "");
    assert_advice("host=db", no_tls, ": where nobody on the way");
    assert_string_equal(advice("host=db sslrootcert=mine", not_verified), "");
    assert_string_equal(advice("host=db service=mine", not_verified), "");
    assert_advice("host=db sslmode=verify-full", not_verified, "does not know the authority");
}

static void advice_for_amazons_certificates_names_where_they_are(void **state)
{
    static const char *const places[][2] = {
        {"host=a.us-east-1.rds.amazonaws.com",
         "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem and name that file"},
        {"host=a.us-gov-west-1.rds.amazonaws.com",
         "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/global/global-bundle.pem"},
        {"host=a.rds.cn-north-1.rds.amazonaws.com.cn",
         "https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        assert_advice(places[i][0], not_verified, places[i][1]);
}

static void advice_tells_of_roots_at_home(void **state)
{
    const struct home home = make_home();

    (void)state;
    assert_advice("host=db", not_verified, "by ~/.postgresql/root.crt");
    assert_advice("host=db sslmode=require", not_verified, "by ~/.postgresql/root.crt");
    assert_string_equal(advice("host=db sslrootcert=mine", not_verified), "");
    remove_home(&home);
}

static void a_mode_of_node_postgres_is_told_in_libpqs_words(void **state)
{
    (void)state;
    assert_advice("postgres://db/d?sslmode=no-verify", no_verify, "URL with sslmode=require");
    setenv("PGSSLMODE", "no-verify", 1);
    assert_advice("postgres://db/d", no_verify, "set PGSSLMODE=require");
    assert_string_equal(advice("postgres://db/d", "invalid sslmode value: \"on\""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(this_machine_needs_none, forget),
        cmocka_unit_test_setup(another_requires_it, forget),
        cmocka_unit_test_setup(amazons_is_checked_by_the_systems_roots, forget),
        cmocka_unit_test_setup(whoever_wants_it_checked_gets_these_roots, forget),
        cmocka_unit_test_setup(roots_that_are_named_stay, forget),
        cmocka_unit_test_setup(the_systems_roots_by_that_name_are_for_a_full_check, forget),
        cmocka_unit_test_setup(roots_at_home_are_found_by_libpq, forget),
        cmocka_unit_test_setup(who_says_what_is_to_be_gets_that, forget),
        cmocka_unit_test_setup(an_old_name_for_a_mode_means_one_only_as_1, forget),
        cmocka_unit_test_setup(a_service_file_may_say_all_of_it, forget),
        cmocka_unit_test_setup(a_connection_gets_it_with_its_other_defaults, forget),
        cmocka_unit_test_setup(advice_is_for_what_was_chosen_here, forget),
        cmocka_unit_test_setup(advice_for_amazons_certificates_names_where_they_are, forget),
        cmocka_unit_test_setup(advice_tells_of_roots_at_home, forget),
        cmocka_unit_test_setup(a_mode_of_node_postgres_is_told_in_libpqs_words, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
