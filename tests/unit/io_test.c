#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"

static int ends[2];
static struct io_file in, out;

static int open_pipe(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    if (pipe(ends) != 0)
        return -1;
    in = (struct io_file){.fd = ends[0], .name = "the pipe"};
    out = (struct io_file){.fd = ends[1], .name = "the pipe"};
    return 0;
}

static int close_pipe(void **state)
{
    (void)state;
    io_close(&in);
    io_close(&out);
    return 0;
}

static void more_than_a_pipe_holds_is_written_whole_also_when_it_does_not_block(void **state)
{
    static char data[1000000], back[sizeof(data)];
    struct writer w = io_writer(&out);
    struct reader r = io_reader(&in);
    int status;
    pid_t pid;

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i % 251);
    assert_int_equal(fcntl(out.fd, F_SETFL, O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0)
        _exit(writer_put(&w, data, sizeof(data)) != 0);
    io_close(&out);
    assert_int_equal(reader_fill(&r, back, sizeof(back)), sizeof(back));
    assert_memory_equal(back, data, sizeof(data));
    assert_int_equal(r.read(r.self, back, 1), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_reader_that_has_gone_is_an_error(void **state)
{
    struct writer w = io_writer(&out);

    (void)state;
    io_close(&in);
    assert_int_equal(writer_put(&w, "x", 1), -1);
    assert_string_equal(error_text(), "cannot write to the pipe: its reader has gone");
}

static void waiting_ends_when_the_time_is_over_or_there_is_something(void **state)
{
    (void)state;
    assert_int_equal(io_wait(in.fd, POLLIN, 10), 0);
    assert_int_equal(write(out.fd, "x", 1), 1);
    assert_int_equal(io_wait(in.fd, POLLIN, -1), 1);
}

static void what_cannot_be_read_is_an_error_that_names_it(void **state)
{
    struct io_file file;

    (void)state;
    assert_int_equal(io_open(&file, "/nonexistent"), -1);
    assert_string_equal(error_text(), "cannot open /nonexistent: No such file or directory");
    assert_int_equal(io_open(&file, "/"), -1);
    assert_string_equal(error_text(), "cannot read /: it is a directory");
    assert_int_equal(file.fd, -1);
    io_close(&file);
}

static void standard_input_stays_open(void **state)
{
    struct io_file file;

    (void)state;
    assert_int_equal(io_open(&file, "-"), 0);
    assert_int_equal(file.fd, STDIN_FILENO);
    assert_string_equal(file.name, "standard input");
    io_close(&file);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pipe, close_pipe)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(more_than_a_pipe_holds_is_written_whole_also_when_it_does_not_block),
        TEST(a_reader_that_has_gone_is_an_error),
        TEST(waiting_ends_when_the_time_is_over_or_there_is_something),
        TEST(what_cannot_be_read_is_an_error_that_names_it),
        TEST(standard_input_stays_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
