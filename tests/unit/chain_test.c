/* Several files as one stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/chain.h"
#include "base/error.h"
#include "folder.h"

static char *const three[] = {"one", "two", "three"};

static void expect(const struct reader *in, const char *text)
{
    char buf[32] = "";

    assert_int_equal(reader_fill(in, buf, strlen(text)), strlen(text));
    assert_string_equal(buf, text);
}

static void expect_end(const struct reader *in)
{
    char c;

    assert_int_equal(in->read(in->self, &c, 1), 0);
}

static void the_files_are_one_stream_in_their_order(void **state)
{
    struct chain chain;
    struct reader in;

    (void)state;
    put_file("one", "1st");
    put_file("two", "2nd");
    put_file("three", "3rd");
    assert_int_equal(chain_open(&chain, three, 3), 0);
    in = chain_reader(&chain);
    expect(&in, "1st2");
    assert_int_equal(chain.at, 1);
    assert_int_equal(chain.given, 1);
    expect(&in, "nd3rd");
    assert_int_equal(chain.at, 2);
    assert_int_equal(chain.given, 3);
    assert_false(chain.ended);
    expect_end(&in);
    assert_true(chain.ended);
    assert_false(chain.failed);
    chain_close(&chain);
}

static void empty_files_are_passed_over(void **state)
{
    struct chain chain;
    struct reader in;

    (void)state;
    put_file("one", "");
    put_file("two", "2nd");
    put_file("three", "");
    assert_int_equal(chain_open(&chain, three, 3), 0);
    in = chain_reader(&chain);
    expect(&in, "2nd");
    expect_end(&in);
    chain_close(&chain);
}

/* The lowest descriptor that is free. */
static int next_descriptor(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

static void one_file_is_open_at_a_time(void **state)
{
    int before = next_descriptor(), open;
    struct chain chain;
    struct reader in;

    (void)state;
    put_file("one", "1");
    put_file("two", "2");
    put_file("three", "3");
    assert_int_equal(chain_open(&chain, three, 3), 0);
    open = next_descriptor();
    assert_int_not_equal(open, before);
    in = chain_reader(&chain);
    expect(&in, "123");
    assert_int_equal(next_descriptor(), open);
    chain_close(&chain);
    assert_int_equal(next_descriptor(), before);
}

static void a_file_that_is_not_there_is_an_error_when_it_is_reached(void **state)
{
    struct chain chain;
    struct reader in;
    char c;

    (void)state;
    put_file("one", "1st");
    assert_int_equal(chain_open(&chain, three, 3), 0);
    in = chain_reader(&chain);
    expect(&in, "1st");
    assert_int_equal(in.read(in.self, &c, 1), -1);
    assert_string_equal(error_text(), "cannot open two: No such file or directory");
    assert_true(chain.failed);
    assert_false(chain.ended);
    chain_close(&chain);
}

static void a_first_file_that_is_not_there_is_an_error_at_once(void **state)
{
    struct chain chain;

    (void)state;
    put_file("two", "2nd");
    assert_int_equal(chain_open(&chain, three, 3), -1);
    assert_string_equal(error_text(), "cannot open one: No such file or directory");
    chain_close(&chain);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_files_are_one_stream_in_their_order),
        TEST(empty_files_are_passed_over),
        TEST(one_file_is_open_at_a_time),
        TEST(a_file_that_is_not_there_is_an_error_when_it_is_reached),
        TEST(a_first_file_that_is_not_there_is_an_error_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
