#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "base/error.h"

static void the_text_is_the_one_set_last(void **state)
{
    (void)state;
    assert_int_equal(error_set("%s %d", "number", 1), -1);
    assert_int_equal(error_set("second"), -1);
    assert_string_equal(error_text(), "second");
}

static void errno_is_told_as_it_was_at_the_call(void **state)
{
    (void)state;
    errno = ENOENT;
    assert_int_equal(error_set_errno("cannot open %s", "x"), -1);
    assert_string_equal(error_text(), "cannot open x: No such file or directory");
}

static void context_stands_in_front(void **state)
{
    (void)state;
    error_set("reason");
    assert_int_equal(error_add_context("file %s", "x"), -1);
    assert_int_equal(error_add_context("target y"), -1);
    assert_string_equal(error_text(), "target y: file x: reason");
}

static void advice_stands_behind(void **state)
{
    (void)state;
    error_set("reason");
    assert_int_equal(error_append("; do %s", "this"), -1);
    assert_string_equal(error_text(), "reason; do this");
}

static void a_text_that_is_too_long_is_cut(void **state)
{
    char longer[10000];

    (void)state;
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    error_set("%s", longer);
    error_add_context("context");
    assert_memory_equal(error_text(), "context: xxx", 12);
    error_add_context("%s", longer);
    assert_int_equal(strlen(error_text()), 4095);
    errno = ENOENT;
    error_set_errno("%s", longer);
    assert_int_equal(strlen(error_text()), 4095);
    error_set("reason");
    error_append("%s", longer);
    assert_int_equal(strlen(error_text()), 4095);
}

static void *set_in_thread(void *result)
{
    *(int *)result = error_text()[0] == '\0';
    error_set("the thread's");
    return NULL;
}

static void each_thread_has_its_own(void **state)
{
    pthread_t thread;
    int was_empty = 0;

    (void)state;
    error_set("mine");
    assert_int_equal(pthread_create(&thread, NULL, set_in_thread, &was_empty), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(was_empty);
    assert_string_equal(error_text(), "mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_the_one_set_last),
        cmocka_unit_test(errno_is_told_as_it_was_at_the_call),
        cmocka_unit_test(context_stands_in_front),
        cmocka_unit_test(advice_stands_behind),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
        cmocka_unit_test(each_thread_has_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
