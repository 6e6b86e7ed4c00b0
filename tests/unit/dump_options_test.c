/* What `dynodrop dump` makes of its options where that depends on where it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "age_memory.h"
#include "base/error.h"
#include "base/log.h"
#include "cmd/dump_options.h"
#include "pty.h"

static struct dump_options options;

static int setup(void **state)
{
    (void)state;
    options = (struct dump_options){0};
    unsetenv("DYNO");
    unsetenv("HEROKU_APP_NAME");
    unsetenv("DYNODROP_APP");
    setenv("DATABASE_URL", "postgres://someone@db.example/shop", 1);
    setenv("DYNODROP_TARGETS", "drop", 1);
    setenv("DYNODROP_RECIPIENTS", ALICE_PUBLIC, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dump_options_free(&options);
    log_set_level(LOG_NORMAL);
    return 0;
}

/* Reads options: up to three, NULL for none. */
static void read_options(const char *first, const char *second, const char *third)
{
    const char *argv[] = {"dump", first, second, third, NULL};
    int argc = 1;

    while (argv[argc] != NULL)
        argc++;
    dump_options_free(&options);
    log_set_level(LOG_NORMAL);
    optind = 0; /* glibc's way to begin anew */
    if (dump_options_read(&options, argc, (char **)argv) != 0)
        fail_msg("%s", error_text());
}

static void assert_progress(enum meter_form form, int line_s)
{
    assert_int_equal(options.dump.progress, form);
    assert_int_equal(options.dump.progress_line_s, line_s);
}

static void progress_is_what_was_asked_for_and_with_q_none(void **state)
{
    (void)state;
    read_options(NULL, NULL, NULL);
    assert_progress(METER_AUTO, 10);
    read_options("-q", NULL, NULL);
    assert_progress(METER_NONE, 10);
    read_options("--progress", "none", NULL);
    assert_progress(METER_NONE, 10);
    read_options("-q", "--progress", "bar");
    assert_progress(METER_BAR, 10);
    read_options("-q", "--progress", "log");
    assert_progress(METER_LOG, 10);
}

static void on_a_dyno_no_progress_is_a_line_every_nine_minutes(void **state)
{
    (void)state;
    setenv("DYNO", "run.1234", 1);
    read_options("-q", NULL, NULL);
    assert_progress(METER_LOG, 540);
    read_options("--progress", "none", NULL);
    assert_progress(METER_LOG, 540);
    read_options("-q", "--progress", "log");
    assert_progress(METER_LOG, 10);
    read_options(NULL, NULL, NULL);
    assert_progress(METER_AUTO, 10);
}

/* The same at a terminal. Returns the line for a detached run, or "". */
static const char *at_terminal(const char *first, const char *second, const char *third)
{
    struct pty pty;

    assert_int_equal(pty_begin(&pty, 80), 0);
    read_options(first, second, third);
    pty_end(&pty);
    return options.dump.detached != NULL ? options.dump.detached : "";
}

static void a_run_at_a_dynos_terminal_knows_the_line_for_a_detached_one(void **state)
{
    (void)state;
    setenv("DYNO", "run.1234", 1);
    assert_string_equal(at_terminal(NULL, NULL, NULL),
                        "heroku run:detached -a APP -- \"bin/dump\"");
    setenv("HEROKU_APP_NAME", "bastion", 1);
    assert_string_equal(at_terminal(NULL, NULL, NULL),
                        "heroku run:detached -a bastion -- \"bin/dump\"");
}

static void what_the_options_hold_is_not_in_that_line(void **state)
{
    (void)state;
    setenv("DYNO", "run.1234", 1);
    assert_string_equal(at_terminal("-t", "elsewhere", "-v"),
                        "heroku run:detached -a APP -- \"bin/dump OPTIONS\"");
}

static void other_runs_have_no_such_line(void **state)
{
    int at_null = open("/dev/null", O_WRONLY), saved = dup(STDERR_FILENO);

    (void)state;
    assert_string_equal(at_terminal(NULL, NULL, NULL), "");
    setenv("DYNO", "run.1234", 1);
    dup2(at_null, STDERR_FILENO);
    read_options(NULL, NULL, NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(at_null);
    assert_null(options.dump.detached);
}

static void an_app_without_a_name_of_its_own_has_herokus(void **state)
{
    (void)state;
    setenv("HEROKU_APP_NAME", "bastion", 1);
    read_options(NULL, NULL, NULL);
    assert_string_equal(options.dump.app, "bastion");
    setenv("DYNODROP_APP", "", 1);
    read_options(NULL, NULL, NULL);
    assert_string_equal(options.dump.app, "bastion");
    setenv("DYNODROP_APP", "shop", 1);
    read_options(NULL, NULL, NULL);
    assert_string_equal(options.dump.app, "shop");
}

#define OPTIONS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPTIONS(progress_is_what_was_asked_for_and_with_q_none),
        OPTIONS(on_a_dyno_no_progress_is_a_line_every_nine_minutes),
        OPTIONS(a_run_at_a_dynos_terminal_knows_the_line_for_a_detached_one),
        OPTIONS(what_the_options_hold_is_not_in_that_line),
        OPTIONS(other_runs_have_no_such_line),
        OPTIONS(an_app_without_a_name_of_its_own_has_herokus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
