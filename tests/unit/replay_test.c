/* A stream's beginning, read twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/replay.h"

/* A source that gives at most three bytes a call, and fails behind its last one where told to. */
struct source {
    const char *text;
    size_t at;
    int fails;
};

static ssize_t source_read(void *self, void *buf, size_t len)
{
    struct source *s = self;
    size_t left = strlen(s->text) - s->at;

    if (left == 0 && s->fails)
        return error_set("the source is broken");
    if (len > 3)
        len = 3;
    if (len > left)
        len = left;
    memcpy(buf, s->text + s->at, len);
    s->at += len;
    return (ssize_t)len;
}

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

static void gives_the_beginning_again_and_then_the_rest(void **state)
{
    struct source source = {.text = "header and payload"};
    struct replay replay;
    struct reader in;

    (void)state;
    replay_init(&replay, (struct reader){.read = source_read, .self = &source});
    in = replay_reader(&replay);
    expect(&in, "header");
    replay_rewind(&replay);
    expect(&in, "hea");
    expect(&in, "der and");
    expect(&in, " payload");
    expect_end(&in);
    replay_free(&replay);
}

static void remembers_nothing_of_what_follows(void **state)
{
    struct source source = {.text = "header and payload"};
    struct replay replay;
    struct reader in;

    (void)state;
    replay_init(&replay, (struct reader){.read = source_read, .self = &source});
    in = replay_reader(&replay);
    expect(&in, "header");
    assert_int_equal(replay.seen.len, 6);
    replay_rewind(&replay);
    expect(&in, "header and");
    assert_int_equal(replay.seen.size, 0);
    replay_free(&replay);
}

static void rewound_before_anything_was_read_it_is_the_stream_itself(void **state)
{
    struct source source = {.text = "all"};
    struct replay replay;
    struct reader in;

    (void)state;
    replay_init(&replay, (struct reader){.read = source_read, .self = &source});
    in = replay_reader(&replay);
    replay_rewind(&replay);
    expect(&in, "all");
    expect_end(&in);
    replay_free(&replay);
}

static void passes_the_end_and_errors_on(void **state)
{
    struct source source = {.text = "short", .fails = 1};
    struct replay replay;
    struct reader in;
    char c;

    (void)state;
    replay_init(&replay, (struct reader){.read = source_read, .self = &source});
    in = replay_reader(&replay);
    expect(&in, "short");
    assert_int_equal(in.read(in.self, &c, 1), -1);
    assert_string_equal(error_text(), "the source is broken");
    replay_rewind(&replay);
    expect(&in, "short");
    assert_int_equal(in.read(in.self, &c, 1), -1);
    replay_free(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_beginning_again_and_then_the_rest),
        cmocka_unit_test(remembers_nothing_of_what_follows),
        cmocka_unit_test(rewound_before_anything_was_read_it_is_the_stream_itself),
        cmocka_unit_test(passes_the_end_and_errors_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
