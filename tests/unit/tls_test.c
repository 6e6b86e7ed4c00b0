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

    if (mode == NULL)
        assert_null(tls.sslmode);
    else
        assert_string_equal(tls.sslmode, mode);
}

static void this_machine_needs_none(void **state)
{
    static const char *const local[] = {
        "postgres:///d",         "host=/run/postgresql", "postgres://localhost/d",
        "postgres://127.0.0.1/", "postgres://[::1]/d",   "host=localhost,127.0.0.2",
        "hostaddr=127.0.0.1",    "host=@abstract",
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
        "host=a.rds.amazonaws.com,b",
        "host=rds.amazonaws.com.example",
        "host=.rds.amazonaws.com",
        "host=127.0.0.1.example",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
        assert_mode(remote[i], "require");
    setenv("PGHOST", "db", 1);
    assert_mode("dbname=d", "require");
}

static void amazons_is_checked_by_the_systems_roots(void **state)
{
    (void)state;
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    assert_mode("postgres://u@shop.abc.us-east-1.rds.amazonaws.com/d", "verify-full");
    assert_mode("host=A.RDS.AMAZONAWS.COM,b.rds.amazonaws.com", "verify-full");
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

static void roots_at_home_are_found_by_libpq(void **state)
{
    char home[] = "/tmp/tls_test.XXXXXX", folder[64], file[80];

    (void)state;
    assert_non_null(mkdtemp(home));
    setenv("HOME", home, 1);
    assert_non_null(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert);
    snprintf(folder, sizeof(folder), "%s/.postgresql", home);
    snprintf(file, sizeof(file), "%s/root.crt", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(close(open(file, O_CREAT | O_WRONLY, 0600)), 0);
    assert_null(pg_tls_choose("host=a.rds.amazonaws.com").sslrootcert);
    unlink(file);
    rmdir(folder);
    rmdir(home);
}

static void who_says_what_is_to_be_gets_that(void **state)
{
    (void)state;
    assert_mode("postgres://db/d?sslmode=disable", NULL);
    assert_mode("host=a.rds.amazonaws.com sslmode=require", NULL);
    assert_mode("host=db service=mine", NULL);
    setenv("PGSSLMODE", "prefer", 1);
    assert_mode("host=db", NULL);
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

static void advice_is_for_what_was_chosen_here(void **state)
{
    (void)state;
    error_set("server does not support SSL, but SSL was required");
    pg_tls_advise("host=db sslmode=require");
    assert_null(strstr(error_text(), "sslmode=disable"));
    pg_tls_advise("host=db");
    assert_non_null(strstr(error_text(), ": where nobody on the way"));
    error_set("SSL error: certificate verify failed");
    pg_tls_advise("host=db");
    assert_null(strstr(error_text(), "Amazon"));
    pg_tls_advise("host=a.rds.amazonaws.com");
    assert_non_null(strstr(error_text(), "global-bundle.pem and name that file with sslrootcert="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(this_machine_needs_none, forget),
        cmocka_unit_test_setup(another_requires_it, forget),
        cmocka_unit_test_setup(amazons_is_checked_by_the_systems_roots, forget),
        cmocka_unit_test_setup(whoever_wants_it_checked_gets_these_roots, forget),
        cmocka_unit_test_setup(roots_that_are_named_stay, forget),
        cmocka_unit_test_setup(roots_at_home_are_found_by_libpq, forget),
        cmocka_unit_test_setup(who_says_what_is_to_be_gets_that, forget),
        cmocka_unit_test_setup(a_connection_gets_it_with_its_other_defaults, forget),
        cmocka_unit_test_setup(advice_is_for_what_was_chosen_here, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
