#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "flow/window.h"

#define MB (1024 * 1024)

/* Long enough for a thread that can go on to do so. */
#define MOMENT_US 50000

static int put(struct window *w, size_t chunk, const char *text, size_t len)
{
    unsigned char *piece = malloc(len);

    assert_non_null(piece);
    memset(piece, 0, len);
    memcpy(piece, text, strlen(text) < len ? strlen(text) : len);
    return window_put(w, chunk, piece, len);
}

static int finish(struct window *w, size_t chunk)
{
    const struct archive_record record = {.rows = chunk + 100};

    return window_finish(w, chunk, &record);
}

static bool has_failed(const struct window *w)
{
    struct pollfd fd = {.fd = window_stop_fd(w), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

/* What leaves next: the piece's text, "end" and the record's rows, or "failed". */
static void assert_next(struct window *w, const char *expected)
{
    struct archive_record record;
    unsigned char *piece;
    char text[64];
    size_t len;
    int more = window_next(w, &piece, &len, &record);

    if (more > 0) {
        snprintf(text, sizeof(text), "%.*s", (int)(len < 20 ? len : 20), piece);
        free(piece);
    } else {
        snprintf(text, sizeof(text), more == 0 ? "end %d" : "failed", (int)record.rows);
    }
    assert_string_equal(text, expected);
}

static void pieces_leave_in_the_chunks_order(void **state)
{
    struct window *w = window_new(3, 1, MB);
    size_t chunk;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(window_take(w, &chunk), 1);
        assert_int_equal(chunk, i);
    }
    assert_int_equal(window_take(w, &chunk), 0);
    assert_int_equal(put(w, 2, "c", 1), 0);
    assert_int_equal(finish(w, 2), 0);
    assert_int_equal(put(w, 0, "a", 1), 0);
    assert_next(w, "a");
    assert_int_equal(put(w, 0, "b", 1), 0);
    assert_int_equal(finish(w, 0), 0);
    assert_int_equal(finish(w, 1), 0);
    assert_next(w, "b");
    assert_next(w, "end 100");
    assert_next(w, "end 101");
    assert_next(w, "c");
    assert_next(w, "end 102");
    window_free(w);
}

/* Puts pieces of a chunk and counts those that are in. */
struct putter {
    struct window *w;
    size_t chunk;
    size_t len;
    size_t n;
    atomic_size_t done;
    int rc;
    pthread_t thread;
};

static void *put_all(void *self)
{
    struct putter *p = self;

    for (size_t i = 0; i < p->n && p->rc == 0; i++) {
        p->rc = put(p->w, p->chunk, "x", p->len);
        if (p->rc == 0)
            p->done++;
    }
    return NULL;
}

static void start(struct putter *p)
{
    assert_int_equal(pthread_create(&p->thread, NULL, put_all, p), 0);
    usleep(MOMENT_US);
}

static void take_all(struct window *w)
{
    size_t chunk;

    while (window_take(w, &chunk) == 1)
        ;
}

static void a_later_chunk_waits_at_the_budget_until_it_is_the_head(void **state)
{
    struct window *w = window_new(2, 2, MB);
    struct putter later = {.w = w, .chunk = 1, .len = MB / 4, .n = 6};

    (void)state;
    take_all(w);
    start(&later);
    assert_int_equal(later.done, 4);
    assert_int_equal(finish(w, 0), 0);
    assert_next(w, "end 100");
    for (int i = 0; i < 6; i++)
        assert_next(w, "x");
    pthread_join(later.thread, NULL);
    assert_int_equal(later.done, 6);
    window_free(w);
}

static void the_head_goes_on_when_later_chunks_have_used_up_the_budget(void **state)
{
    struct window *w = window_new(3, 3, MB);
    struct putter later = {.w = w, .chunk = 2, .len = MB / 4, .n = 4};
    struct putter other = {.w = w, .chunk = 1, .len = MB / 4, .n = 1};

    (void)state;
    take_all(w);
    start(&later);
    start(&other);
    assert_int_equal(later.done, 4);
    assert_int_equal(other.done, 0);
    assert_int_equal(put(w, 0, "head", 4), 0);
    assert_next(w, "head");
    assert_int_equal(finish(w, 0), 0);
    assert_next(w, "end 100");
    assert_next(w, "x"); /* now it is the head's */
    pthread_join(other.thread, NULL);
    pthread_join(later.thread, NULL);
    window_free(w);
}

static void what_waits_of_the_head_is_bounded_too(void **state)
{
    struct window *w = window_new(1, 1, MB);
    struct putter head = {.w = w, .chunk = 0, .len = MB / 4, .n = 100};

    (void)state;
    take_all(w);
    start(&head);
    assert_in_range(head.done, 1, 4);
    for (int i = 0; i < 100; i++)
        assert_next(w, "x");
    pthread_join(head.thread, NULL);
    window_free(w);
}

/* Waits for something and tells whether it has come back. */
struct waiter {
    struct window *w;
    size_t chunk;
    atomic_int rc; /* 99: not yet */
    pthread_t thread;
};

static void *await_head(void *self)
{
    struct waiter *waiter = self;

    waiter->rc = window_await_head(waiter->w, waiter->chunk);
    return NULL;
}

static void *await_piece(void *self)
{
    struct waiter *waiter = self;
    struct archive_record record;
    unsigned char *piece;
    size_t len;

    waiter->rc = window_next(waiter->w, &piece, &len, &record);
    return NULL;
}

static void *take(void *self)
{
    struct waiter *waiter = self;

    waiter->rc = window_take(waiter->w, &waiter->chunk);
    return NULL;
}

static void wait_in_thread(struct waiter *waiter, void *(*what)(void *))
{
    waiter->rc = 99;
    assert_int_equal(pthread_create(&waiter->thread, NULL, what, waiter), 0);
    usleep(MOMENT_US);
    assert_int_equal(waiter->rc, 99);
}

static void a_chunk_far_behind_the_head_is_not_begun(void **state)
{
    struct window *w = window_new(100000, 1, MB);
    struct waiter waiter = {.w = w};
    size_t chunk, n = 256;

    (void)state;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(window_take(w, &chunk), 1);
    wait_in_thread(&waiter, take);
    assert_int_equal(finish(w, 0), 0);
    assert_next(w, "end 100");
    pthread_join(waiter.thread, NULL);
    assert_int_equal(waiter.rc, 1);
    assert_int_equal(waiter.chunk, n);
    window_free(w);
}

static void only_the_heads_worker_passes_where_one_may(void **state)
{
    struct window *w = window_new(2, 2, MB);
    struct waiter second = {.w = w, .chunk = 1};

    (void)state;
    take_all(w);
    assert_int_equal(window_await_head(w, 0), 0);
    wait_in_thread(&second, await_head);
    assert_int_equal(finish(w, 0), 0);
    assert_next(w, "end 100");
    pthread_join(second.thread, NULL);
    assert_int_equal(second.rc, 0);
    window_free(w);
}

static void the_first_failure_ends_everybodys_waiting(void **state)
{
    struct window *w = window_new(3, 3, MB);
    struct putter later = {.w = w, .chunk = 1, .len = MB, .n = 2};
    struct waiter second = {.w = w, .chunk = 2}, emitter = {.w = w};
    size_t chunk;

    (void)state;
    take_all(w);
    start(&later);
    wait_in_thread(&second, await_head);
    wait_in_thread(&emitter, await_piece);
    assert_false(has_failed(w));
    error_set("the first");
    window_fail(w);
    error_set("the second");
    window_fail(w);
    pthread_join(later.thread, NULL);
    pthread_join(second.thread, NULL);
    pthread_join(emitter.thread, NULL);
    assert_int_equal(later.rc, -1);
    assert_int_equal(second.rc, -1);
    assert_int_equal(emitter.rc, -1);
    assert_true(has_failed(w));
    assert_int_equal(window_take(w, &chunk), -1);
    assert_int_equal(put(w, 0, "x", 1), -1);
    assert_next(w, "failed");
    assert_string_equal(error_text(), "the first");
    window_free(w);
}

static void the_last_worker_cannot_leave(void **state)
{
    struct window *w = window_new(1, 3, MB);

    (void)state;
    assert_true(window_leave(w));
    assert_true(window_leave(w));
    assert_false(window_leave(w));
    window_free(w);
}

#define MANY 3000

static void *work(void *self)
{
    struct window *w = self;
    size_t chunk;

    while (window_take(w, &chunk) == 1) {
        char text[40];

        for (size_t i = 0; i < chunk % 5; i++) {
            snprintf(text, sizeof(text), "%zu/%zu", chunk, i);
            if (put(w, chunk, text, sizeof(text) + chunk % 7 * 10000) != 0)
                return NULL;
        }
        finish(w, chunk);
    }
    return NULL;
}

static void many_chunks_of_several_workers_leave_whole_and_in_order(void **state)
{
    struct window *w = window_new(MANY, 4, MB);
    pthread_t threads[4];
    char text[40];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, w), 0);
    for (size_t chunk = 0; chunk < MANY; chunk++) {
        for (size_t i = 0; i < chunk % 5; i++) {
            snprintf(text, sizeof(text), "%zu/%zu", chunk, i);
            assert_next(w, text);
        }
        snprintf(text, sizeof(text), "end %zu", chunk + 100);
        assert_next(w, text);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    window_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_leave_in_the_chunks_order),
        cmocka_unit_test(a_later_chunk_waits_at_the_budget_until_it_is_the_head),
        cmocka_unit_test(the_head_goes_on_when_later_chunks_have_used_up_the_budget),
        cmocka_unit_test(what_waits_of_the_head_is_bounded_too),
        cmocka_unit_test(a_chunk_far_behind_the_head_is_not_begun),
        cmocka_unit_test(only_the_heads_worker_passes_where_one_may),
        cmocka_unit_test(the_first_failure_ends_everybodys_waiting),
        cmocka_unit_test(the_last_worker_cannot_leave),
        cmocka_unit_test(many_chunks_of_several_workers_leave_whole_and_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
