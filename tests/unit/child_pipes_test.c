/* What a child reads from us while it runs, and what we hear of it. */
#include "shell.h"

#include <signal.h>

#include "base/buf.h"
#include "base/interrupt.h"

/* Writes a megabyte of zeros, and returns what the writer does. */
static int put_megabyte(struct child *c)
{
    static const char zeros[1000000];
    struct writer w = child_input(c);

    return writer_put(&w, zeros, sizeof(zeros));
}

static void a_child_is_fed_while_it_fills_its_standard_error(void **state)
{
    struct child *c =
        start_piped("head -c 1000000 /dev/zero >&2; wc -c; head -c 1000000 /dev/zero >&2");
    struct reader r = child_output(c);
    char output[16] = "";

    (void)state;
    assert_int_equal(put_megabyte(c), 0);
    child_input_end(c);
    child_input_end(c);
    assert_true(reader_fill(&r, output, sizeof(output) - 1) > 0);
    assert_int_equal(strtol(output, NULL, 10), 1000000);
    assert_int_equal(child_wait(c), 0);
    child_free(c);
}

static void waiting_ends_the_input(void **state)
{
    struct child *c = start_piped("cat; echo done >&2; exit 5");

    (void)state;
    assert_int_equal(child_wait(c), -1);
    assert_string_equal(error_text(), "done");
    child_free(c);
}

static void a_child_that_is_fed_and_freed_ends_at_once(void **state)
{
    struct child *c = start_piped("exec sleep 100");
    double before = seconds();
    struct writer w = child_input(c);

    (void)state;
    assert_int_equal(writer_put(&w, "some", 4), 0);
    child_free(c);
    assert_true(seconds() - before < 0.9);
}

static void a_child_that_ends_early_takes_no_more(void **state)
{
    struct child *c;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    c = start_piped("head -c 10 >/dev/null; echo enough >&2; exit 4");
    assert_int_equal(put_megabyte(c), -1);
    assert_string_equal(error_text(), "sh takes no more: Broken pipe");
    assert_int_equal(child_wait(c), -1);
    assert_string_equal(error_text(), "enough");
    child_free(c);
    signal(SIGPIPE, SIG_DFL);
}

static void nothing_is_put_behind_the_end_of_the_input(void **state)
{
    struct child *c = start_piped("cat >/dev/null");
    struct writer w = child_input(c);

    (void)state;
    child_input_end(c);
    assert_int_equal(writer_put(&w, "x", 1), -1);
    assert_int_equal(child_wait(c), 0);
    child_free(c);
}

static int take_text(void *self, const void *data, size_t len)
{
    return buf_add(self, data, len);
}

static void who_listens_hears_every_byte(void **state)
{
    struct buf heard = {0};
    struct child *c = start("i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; "
                            "exec >&-; printf end >&2");
    const char *at;
    char line[32];

    (void)state;
    child_listen(c, (struct writer){.write = take_text, .self = &heard});
    assert_int_equal(child_wait(c), 0);
    at = buf_text(&heard);
    for (int i = 0; i < 3000; i++) {
        int len = snprintf(line, sizeof(line), "line %d\n", i);

        assert_int_equal(strncmp(at, line, (size_t)len), 0);
        at += len;
    }
    assert_string_equal(at, "end");
    child_free(c);
    buf_free(&heard);
}

static int count_and_fail(void *self, const void *data, size_t len)
{
    (void)data;
    (void)len;
    ++*(int *)self;
    return error_set("full");
}

static void a_listener_that_fails_is_not_called_again(void **state)
{
    int calls = 0;
    struct child *c = start("seq 20000 >&2; echo last >&2; exit 1");

    (void)state;
    child_listen(c, (struct writer){.write = count_and_fail, .self = &calls});
    assert_int_equal(child_wait(c), -1);
    assert_int_equal(calls, 1);
    assert_non_null(strstr(error_text(), "last"));
    child_free(c);
}

static int interrupted_write(void)
{
    struct child *c;

    if (interrupt_init() != 0)
        return 1;
    c = start_piped("exec sleep 100");
    kill(getpid(), SIGTERM);
    if (put_megabyte(c) != -1 || strcmp(error_text(), "told to stop by SIGTERM") != 0)
        return 2;
    child_free(c);
    return 0;
}

static void a_signal_to_us_ends_the_write(void **state)
{
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(interrupted_write());
    assert_ends_well(pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_fed_while_it_fills_its_standard_error),
        cmocka_unit_test(waiting_ends_the_input),
        cmocka_unit_test(a_child_that_is_fed_and_freed_ends_at_once),
        cmocka_unit_test(a_child_that_ends_early_takes_no_more),
        cmocka_unit_test(nothing_is_put_behind_the_end_of_the_input),
        cmocka_unit_test(who_listens_hears_every_byte),
        cmocka_unit_test(a_listener_that_fails_is_not_called_again),
        cmocka_unit_test(a_signal_to_us_ends_the_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
