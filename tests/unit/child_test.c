/* Child processes, with a shell as the child: real ones, and nothing is mocked. */
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/interrupt.h"
#include "base/os.h"

/* Runs a script that fails, and checks what is told of it. */
static void assert_fails(const char *script, const char *error)
{
    char output[16];

    assert_int_equal(run(start(script), output, sizeof(output)), -1);
    assert_string_equal(error_text(), error);
}

static void output_is_read_and_success_is_success(void **state)
{
    char output[64];

    (void)state;
    assert_int_equal(run(start("echo one; echo said >&2; echo two"), output, sizeof(output)), 0);
    assert_string_equal(output, "one\ntwo\n");
}

static void a_failure_tells_what_was_said_last_as_one_line(void **state)
{
    (void)state;
    assert_fails("echo one >&2; echo two >&2; exit 3", "one two");
}

static void a_silent_failure_tells_the_exit_code(void **state)
{
    (void)state;
    assert_fails("exit 3", "sh failed with exit code 3 and said nothing");
}

static void death_by_a_signal_is_a_failure_that_names_it(void **state)
{
    (void)state;
    assert_fails("kill -9 $$", "sh was killed by signal 9");
    assert_fails("echo why >&2; kill -11 $$", "sh was killed by signal 11: why");
}

static void a_program_that_is_not_there_fails_with_127(void **state)
{
    const char *const argv[] = {"/nonexistent/pg_dump", NULL};
    struct child *c =
        child_start(argv, no_variables, (struct child_files){.input = -1, .output = -1});
    char output[16];

    (void)state;
    assert_non_null(c);
    assert_int_equal(run(c, output, sizeof(output)), -1);
    assert_string_equal(error_text(), "pg_dump failed with exit code 127 and said nothing");
}

static void of_a_long_complaint_the_first_line_and_the_last_whole_ones_are_told(void **state)
{
    const char *text;

    (void)state;
    assert_int_equal(
        run(start("for i in $(seq 1000 1999); do echo line $i >&2; done; exit 1"), (char[2]){0}, 2),
        -1);
    text = error_text();
    assert_true(strlen(text) > 1900 && strlen(text) <= 2048 + 14);
    assert_string_equal(text + strlen(text) - 19, "line 1998 line 1999");
    assert_memory_equal(text, "line 1000 ... line 1", 20);
    assert_int_equal(text[23], ' '); /* the line behind the dots is whole */
}

static void a_complaint_that_just_fits_is_told_whole(void **state)
{
    (void)state;
    assert_int_equal(
        run(start("printf 'first\\n' >&2; printf '%02042d' 7 >&2; exit 1"), (char[2]){0}, 2), -1);
    assert_int_equal(strlen(error_text()), 2048);
    assert_memory_equal(error_text(), "first 000", 9);
}

static void both_pipes_filled_at_once_do_not_hold_each_other_up(void **state)
{
    static const char script[] = "head -c 1000000 /dev/zero >&2 & head -c 1000000 /dev/zero; wait; "
                                 "head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero";
    static char output[3000000];
    struct child *c = start(script);
    struct reader r = child_output(c);

    (void)state;
    assert_int_equal(reader_fill(&r, output, sizeof(output)), 2000000);
    assert_true(child_output_ended(c));
    assert_int_equal(child_wait(c), 0);
    child_free(c);
}

static void much_that_is_said_after_the_output_ended_does_not_hold_it_up(void **state)
{
    char output[16];

    (void)state;
    assert_int_equal(run(start("exec >&-; head -c 1000000 /dev/zero >&2; echo end >&2; exit 1"),
                         output, sizeof(output)),
                     -1);
}

static void waiting_reads_the_rest_of_the_output(void **state)
{
    struct child *c = start("head -c 1000000 /dev/zero");

    (void)state;
    assert_int_equal(child_wait(c), 0);
    child_free(c);
}

static void a_child_that_is_not_needed_any_more_ends_at_once(void **state)
{
    double before = seconds();

    (void)state;
    child_free(start("sleep 100"));
    assert_true(seconds() - before < 0.9);
}

static void a_child_that_ignores_sigterm_is_killed_within_two_seconds(void **state)
{
    struct child *c = start("trap '' TERM; echo ready; while :; do sleep 100; done");
    struct reader r = child_output(c);
    char ready[6];
    double before;

    (void)state;
    assert_int_equal(reader_fill(&r, ready, sizeof(ready)), 6);
    before = seconds();
    child_free(c);
    assert_true(seconds() - before < 2);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* it was reaped */
    assert_int_equal(errno, ECHILD);
}

static void inherited_descriptors_are_read_as_files(void **state)
{
    const int fds[] = {os_memory_file("test", "secret", 6), os_memory_file("test", "other", 5)};
    char script[64], output[32];

    (void)state;
    assert_true(fds[0] >= 0 && fds[1] >= 0);
    snprintf(script, sizeof(script), "cat /dev/fd/%d /dev/fd/%d /dev/fd/%d", fds[0], fds[1],
             fds[0]);
    assert_int_equal(run(start_inheriting(script, fds, 2), output, sizeof(output)), 0);
    assert_string_equal(output, "secretothersecret");
    assert_int_equal(run(start_inheriting(script, fds, 1), output, sizeof(output)), -1);
    close(fds[0]);
    close(fds[1]);
}

/* What two children read of a file is each its own affair, and can be told from outside. */
static void a_file_that_is_opened_anew_is_read_from_its_beginning(void **state)
{
    int fd = os_memory_file("test", "some text", strlen("some text"));
    char path[32], script[200], output[16];
    struct child *first, *second;
    struct reader r;

    (void)state;
    if (!os_reopen_path(fd, path, sizeof(path))) {
        close(fd);
        skip();
    }
    snprintf(script, sizeof(script),
             "exec 9<%s; dd bs=1 count=%s <&9 2>/dev/null; exec >&-; sleep 100", path, "4");
    first = start_inheriting(script, &fd, 1);
    r = child_output(first);
    assert_int_equal(reader_fill(&r, output, sizeof(output)), 4);
    assert_memory_equal(output, "some", 4);
    assert_int_equal(os_bytes_read(child_pid(first), fd), 4);

    snprintf(script, sizeof(script), "cat %s", path);
    second = start_inheriting(script, &fd, 1);
    assert_int_equal(run(second, output, sizeof(output)), 0);
    assert_string_equal(output, "some text");
    assert_int_equal(os_bytes_read(child_pid(first), fd), 4);
    child_kill(first);
    child_free(first);
    assert_int_equal(os_bytes_read(0, fd), 0);
    close(fd);
}

static void no_other_descriptor_reaches_the_child(void **state)
{
    int fd = os_memory_file("test", "secret", 6);
    bool open_before[16];
    struct child *other;
    char script[64], output[16];

    (void)state;
    for (int n = 0; n < 16; n++)
        open_before[n] = fcntl(n, F_GETFD) >= 0 && n != fd;
    other = start_piped("sleep 100"); /* it has three pipes */
    for (int n = 0; n < 16; n++) {
        if (open_before[n] || fcntl(n, F_GETFD) < 0)
            continue;
        snprintf(script, sizeof(script), "[ ! -e /dev/fd/%d ] || echo open", n);
        assert_int_equal(run(start(script), output, sizeof(output)), 0);
        assert_string_equal(output, "");
    }
    child_free(other);
    close(fd);
}

static void the_environment_is_the_one_given_and_input_is_empty(void **state)
{
    char variable[] = "ONLY=this", *env[] = {variable, NULL};
    char output[64];

    (void)state;
    assert_int_equal(run(start_files("echo $ONLY; echo $HOME; cat", env,
                                     (struct child_files){.input = -1, .output = -1}),
                         output, 64),
                     0);
    assert_string_equal(output, "this\n\n");
}

static void a_child_dies_of_a_broken_pipe_though_we_do_not(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_fails("kill -13 $$; exit 0", "sh was killed by signal 13");
    signal(SIGPIPE, SIG_DFL);
}

static void success_that_the_system_does_not_tell_of_is_a_failure(void **state)
{
    char output[16];

    (void)state;
    signal(SIGCHLD, SIG_IGN);
    assert_int_equal(run(start("exit 0"), output, sizeof(output)), -1);
    assert_string_equal(error_text(), "sh has gone, and the system does not tell how");
    signal(SIGCHLD, SIG_DFL);
}

/* In a process of its own, since a signal is remembered for ever: whether it ends a read. */
static int interrupted_read(int number)
{
    struct child *c;
    struct reader r;
    char byte, expected[64];

    if (interrupt_init() != 0)
        return 1;
    c = start("trap 'echo not for me' INT TERM HUP; sleep 100");
    r = child_output(c);
    kill(getpid(), number);
    if (r.read(r.self, &byte, 1) != -1 || interrupt_signal() != number)
        return 2;
    snprintf(expected, sizeof(expected), "told to stop by SIG%s",
             number == SIGINT    ? "INT"
             : number == SIGTERM ? "TERM"
                                 : "HUP");
    if (strcmp(error_text(), expected) != 0)
        return 3;
    child_free(c);
    return 0;
}

static void a_signal_to_us_ends_the_read(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(interrupted_read(numbers[i]));
        assert_ends_well(pid);
    }
}

static void a_child_is_attended_for_a_bounded_time(void **state)
{
    struct child *c = start("echo one; exec sleep 60");
    struct buf said = {0};

    (void)state;
    for (int i = 0; i < 100 && said.len == 0; i++)
        assert_int_equal(child_attend(c, &said, 50), 1);
    assert_string_equal(said.data, "one\n");
    child_kill(c);
    while (child_attend(c, &said, 50) == 1)
        ;
    assert_string_equal(error_text(), "sh was killed by signal 9");
    child_free(c);
    buf_free(&said);
}

static void what_a_killed_one_leaves_behind_is_not_waited_for(void **state)
{
    struct child *c = start("sleep 60 & echo $!; kill -9 $$");
    struct reader output = child_output(c);
    const time_t started = time(NULL);
    char number[32] = "";

    (void)state;
    assert_true(output.read(output.self, number, sizeof(number) - 1) > 0);
    assert_int_equal(child_wait(c), -1);
    assert_non_null(strstr(error_text(), "killed by signal 9"));
    assert_true(time(NULL) - started < 10);
    /* It may still be on its way out. */
    for (int i = 0; i < 100 && kill(atoi(number), 0) == 0; i++)
        usleep(20000);
    assert_int_equal(kill(atoi(number), 0), -1);
    child_free(c);
}

static void one_that_is_asked_to_end_has_time_for_it(void **state)
{
    struct child *c = start("trap 'sleep 2; exit 0' TERM; echo; while :; do sleep 0.1; done");
    struct buf said = {0};

    (void)state;
    while (said.len == 0)
        assert_int_equal(child_attend(c, &said, 50), 1);
    assert_false(child_terminate(c, 100));
    assert_true(child_terminate(c, 10000));
    child_free(c);
    buf_free(&said);
}

static void input_and_output_may_be_files(void **state)
{
    const char *const argv[] = {"/bin/cat", NULL};
    FILE *in = tmpfile(), *out = tmpfile();
    struct child *c;
    char text[8] = "";

    (void)state;
    assert_non_null(in);
    assert_non_null(out);
    assert_true(fputs("fed", in) >= 0 && fflush(in) == 0);
    rewind(in);
    c = child_start(argv, no_variables,
                    (struct child_files){.input = fileno(in), .output = fileno(out)});
    assert_non_null(c);
    assert_int_equal(child_wait(c), 0);
    assert_int_equal(pread(fileno(out), text, sizeof(text) - 1, 0), 3);
    assert_string_equal(text, "fed");
    assert_int_equal(lseek(fileno(in), 0, SEEK_CUR), 3); /* it is ours still */
    child_free(c);
    fclose(in);
    fclose(out);
}

static void a_hangup_that_nohup_ignores_stays_ignored(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        signal(SIGHUP, SIG_IGN);
        if (interrupt_init() != 0)
            _exit(1);
        kill(getpid(), SIGHUP);
        _exit(interrupt_signal() == 0 ? 0 : 2);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_is_read_and_success_is_success),
        cmocka_unit_test(a_failure_tells_what_was_said_last_as_one_line),
        cmocka_unit_test(a_silent_failure_tells_the_exit_code),
        cmocka_unit_test(death_by_a_signal_is_a_failure_that_names_it),
        cmocka_unit_test(a_program_that_is_not_there_fails_with_127),
        cmocka_unit_test(of_a_long_complaint_the_first_line_and_the_last_whole_ones_are_told),
        cmocka_unit_test(a_complaint_that_just_fits_is_told_whole),
        cmocka_unit_test(both_pipes_filled_at_once_do_not_hold_each_other_up),
        cmocka_unit_test(much_that_is_said_after_the_output_ended_does_not_hold_it_up),
        cmocka_unit_test(waiting_reads_the_rest_of_the_output),
        cmocka_unit_test(a_child_that_is_not_needed_any_more_ends_at_once),
        cmocka_unit_test(a_child_that_ignores_sigterm_is_killed_within_two_seconds),
        cmocka_unit_test(inherited_descriptors_are_read_as_files),
        cmocka_unit_test(a_file_that_is_opened_anew_is_read_from_its_beginning),
        cmocka_unit_test(no_other_descriptor_reaches_the_child),
        cmocka_unit_test(the_environment_is_the_one_given_and_input_is_empty),
        cmocka_unit_test(a_child_dies_of_a_broken_pipe_though_we_do_not),
        cmocka_unit_test(success_that_the_system_does_not_tell_of_is_a_failure),
        cmocka_unit_test(a_child_is_attended_for_a_bounded_time),
        cmocka_unit_test(what_a_killed_one_leaves_behind_is_not_waited_for),
        cmocka_unit_test(one_that_is_asked_to_end_has_time_for_it),
        cmocka_unit_test(input_and_output_may_be_files),
        cmocka_unit_test(a_signal_to_us_ends_the_read),
        cmocka_unit_test(a_hangup_that_nohup_ignores_stays_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
