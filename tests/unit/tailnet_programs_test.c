/* What tailscale and tailscaled get to see of our environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/program.h"
#include "tailnet/programs.h"

static int unset_all(void **state)
{
    static const char *const variables[] = {"GOGC",
                                            "GOMEMLIMIT",
                                            "TS_AUTHKEY",
                                            "TS_ID_TOKEN",
                                            "TS_CLIENT_SECRET",
                                            "TS_LOGS_DIR",
                                            "TS_DEBUG_ALWAYS_USE_DERP"};

    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    return 0;
}

/* How often the variable is in the environment, and its value, or NULL. */
static size_t count(char **env, const char *name, const char **value)
{
    size_t len = strlen(name), n = 0;

    *value = NULL;
    for (; *env != NULL; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=') {
            *value = *env + len + 1;
            n++;
        }
    return n;
}

static void assert_has(const char *logs, const char *name, const char *expected)
{
    char **env = tailnet_program_env(logs);
    const char *value;

    assert_non_null(env);
    assert_int_equal(count(env, name, &value), expected != NULL ? 1 : 0);
    if (expected != NULL)
        assert_string_equal(value, expected);
    program_free_env(env);
}

static void memory_is_bounded_unless_the_user_has_bounds(void **state)
{
    (void)state;
    assert_has(NULL, "GOMEMLIMIT", "48MiB");
    assert_has(NULL, "GOGC", "50");
    setenv("GOGC", "80", 1);
    assert_has(NULL, "GOGC", "80");
    assert_has(NULL, "GOMEMLIMIT", "48MiB");
    setenv("GOMEMLIMIT", "200MiB", 1);
    setenv("GOGC", "", 1);
    assert_has(NULL, "GOMEMLIMIT", "200MiB");
    assert_has(NULL, "GOGC", "50");
}

static void keys_and_what_is_not_needed_are_kept_back(void **state)
{
    (void)state;
    setenv("TS_AUTHKEY", "tskey-auth-secret", 1);
    setenv("TS_CLIENT_SECRET", "tskey-client-secret", 1);
    setenv("TS_ID_TOKEN", "token", 1);
    setenv("DATABASE_URL", "postgres://app:secret@db/app", 1);
    setenv("TS_DEBUG_ALWAYS_USE_DERP", "1", 1);
    assert_has(NULL, "TS_AUTHKEY", NULL);
    assert_has(NULL, "TS_CLIENT_SECRET", NULL);
    assert_has(NULL, "TS_ID_TOKEN", NULL);
    assert_has(NULL, "DATABASE_URL", NULL);
    assert_has(NULL, "TS_DEBUG_ALWAYS_USE_DERP", "1");
    assert_has(NULL, "PATH", getenv("PATH"));
}

static void where_logs_are_kept_is_for_us_to_say(void **state)
{
    (void)state;
    setenv("TS_LOGS_DIR", "/home/user", 1);
    assert_has("/tmp/folder", "TS_LOGS_DIR", "/tmp/folder");
    assert_has(NULL, "TS_LOGS_DIR", NULL);
}

#define TEST(name) cmocka_unit_test_setup(name, unset_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_is_bounded_unless_the_user_has_bounds),
        TEST(keys_and_what_is_not_needed_are_kept_back),
        TEST(where_logs_are_kept_is_for_us_to_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
