/* Finding PostgreSQL's programs: scripts in a folder on PATH stand for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "pg/tools.h"

#define assert_error_has(part) assert_non_null(strstr(error_text(), part))

static char folder[] = "/tmp/tools_test.XXXXXX";
static char script_path[sizeof(folder) + sizeof("/pg_test")];

static int make_folder(void **state)
{
    char search[128];

    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(script_path, sizeof(script_path), "%s/pg_test", folder);
    snprintf(search, sizeof(search), "/nonexistent::%s", folder);
    return setenv("PATH", search, 1);
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(script_path);
    return rmdir(folder);
}

/* Makes the program, of which --version runs this. */
static void make_program(const char *script)
{
    FILE *f = fopen(script_path, "w");

    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n[ \"$1\" = --version ] || exit 9\n%s\n", script);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(script_path, 0700), 0);
}

static void the_program_on_path_is_asked_for_its_version(void **state)
{
    struct pg_tool tool;

    (void)state;
    make_program("echo 'pg_test (PostgreSQL) 17.2 (Debian 17.2-1)'");
    assert_int_equal(pg_tool_find(&tool, "pg_test", 17), 0);
    assert_string_equal(tool.path, script_path);
    assert_string_equal(tool.version, "17.2 (Debian 17.2-1)");
    assert_int_equal(tool.major, 17);
    pg_tool_free(&tool);
}

static void one_that_is_older_than_the_server_is_refused(void **state)
{
    struct pg_tool tool;

    (void)state;
    make_program("echo 'pg_test (PostgreSQL) 15.20'");
    assert_int_equal(pg_tool_find(&tool, "pg_test", 16), -1);
    assert_error_has("pg_test 15.20 is older than the server");
}

static void one_that_is_nowhere_is_an_error_that_says_what_to_install(void **state)
{
    struct pg_tool tool;

    (void)state;
    assert_int_equal(pg_tool_find(&tool, "pg_test", 16), -1);
    assert_error_has("pg_test is not on PATH: install the client programs of PostgreSQL 16");
}

static void one_that_does_not_tell_its_version_is_refused(void **state)
{
    struct pg_tool tool;

    (void)state;
    make_program("echo 'some other program 3'");
    assert_int_equal(pg_tool_find(&tool, "pg_test", 16), -1);
    assert_error_has("does not say which version it is: \"some other program 3\"");
    make_program("echo broken >&2; exit 1");
    assert_int_equal(pg_tool_find(&tool, "pg_test", 16), -1);
    assert_string_equal(error_text(), "broken");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_program_on_path_is_asked_for_its_version),
        TEST(one_that_is_older_than_the_server_is_refused),
        TEST(one_that_is_nowhere_is_an_error_that_says_what_to_install),
        TEST(one_that_does_not_tell_its_version_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
