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
#include "flow/queue.h"

#define MB (1024 * 1024)

/* Long enough for a thread that can go on to do so. */
#define MOMENT_US 50000

static int put(struct queue *q, char content, size_t len)
{
    unsigned char *piece = malloc(len);

    assert_non_null(piece);
    memset(piece, content, len);
    return queue_put(q, piece, len);
}

static int end(struct queue *q, uint64_t rows)
{
    const struct archive_record record = {.rows = rows};

    return queue_end(q, &record);
}

/* What comes next of a chunk: the piece's first byte and length, or "end" and the record's rows. */
static void assert_next(struct queue *q, struct queue_chunk *chunk, const char *expected)
{
    struct archive_record record;
    unsigned char *piece;
    char text[64];
    size_t len;
    int more = queue_next(q, chunk, &piece, &len, &record);

    if (more > 0) {
        snprintf(text, sizeof(text), "%c %zu", piece[0], len);
        free(piece);
    } else {
        snprintf(text, sizeof(text), more == 0 ? "end %d" : "failed", (int)record.rows);
    }
    assert_string_equal(text, expected);
}

static struct queue_chunk *take(struct queue *q, size_t expected_table)
{
    struct queue_chunk *chunk;
    size_t table;

    assert_int_equal(queue_take(q, &chunk, &table), 1);
    assert_int_equal(table, expected_table);
    return chunk;
}

static void chunks_are_taken_in_turn_and_their_pieces_in_order(void **state)
{
    struct queue *q = queue_new(2, 2, MB);
    struct queue_chunk *first, *second;
    size_t table;

    (void)state;
    assert_int_equal(queue_begin(q, 0), 0);
    assert_int_equal(put(q, 'a', 1), 0);
    first = take(q, 0);
    assert_next(q, first, "a 1");
    assert_int_equal(put(q, 'b', 2), 0);
    assert_int_equal(end(q, 7), 0);
    assert_int_equal(queue_begin(q, 1), 0);
    assert_int_equal(put(q, 'c', 3), 0);
    assert_int_equal(end(q, 8), 0);
    second = take(q, 1);
    assert_next(q, second, "c 3");
    assert_next(q, first, "b 2");
    assert_next(q, first, "end 7");
    assert_next(q, second, "end 8");
    queue_done(q, first, 7, 3);
    queue_done(q, second, 8, 3);
    assert_int_equal(queue_close(q), 0);
    assert_int_equal(queue_take(q, &first, &table), 0);
    assert_int_equal(queue_table(q, 0)->rows, 7);
    assert_int_equal(queue_table(q, 1)->rows, 8);
    assert_int_equal(queue_table(q, 1)->bytes, 3);
    queue_free(q);
}

/* A thread that puts, or closes, and tells when it has. */
struct other {
    struct queue *queue;
    pthread_t thread;
    _Atomic int done;
    int rc;
};

static void *put_in_thread(void *self)
{
    struct other *o = self;

    o->rc = put(o->queue, 'z', MB);
    atomic_store(&o->done, 1);
    return NULL;
}

static void *close_in_thread(void *self)
{
    struct other *o = self;

    o->rc = queue_close(o->queue);
    atomic_store(&o->done, 1);
    return NULL;
}

static void start(struct other *o, struct queue *q, void *(*run)(void *))
{
    *o = (struct other){.queue = q};
    assert_int_equal(pthread_create(&o->thread, NULL, run, o), 0);
}

static void assert_waits(struct other *o)
{
    usleep(MOMENT_US);
    assert_int_equal(atomic_load(&o->done), 0);
}

static void assert_ends(struct other *o, int rc)
{
    assert_int_equal(pthread_join(o->thread, NULL), 0);
    assert_int_equal(o->rc, rc);
}

static void what_waits_is_bounded(void **state)
{
    struct queue *q = queue_new(1, 1, MB);
    struct queue_chunk *chunk;
    struct other reader;

    (void)state;
    assert_int_equal(queue_begin(q, 0), 0);
    assert_int_equal(put(q, 'a', MB - 1), 0);
    start(&reader, q, put_in_thread);
    assert_waits(&reader);
    chunk = take(q, 0);
    assert_next(q, chunk, "a 1048575");
    assert_ends(&reader, 0);
    assert_next(q, chunk, "z 1048576");
    assert_int_equal(end(q, 0), 0);
    queue_done(q, chunk, 0, 0);
    queue_free(q);
}

static void a_piece_that_is_larger_than_the_bound_comes_alone(void **state)
{
    struct queue *q = queue_new(1, 1, 10);
    struct queue_chunk *chunk;

    (void)state;
    assert_int_equal(queue_begin(q, 0), 0);
    assert_int_equal(put(q, 'a', 100), 0);
    chunk = take(q, 0);
    assert_next(q, chunk, "a 100");
    assert_int_equal(end(q, 0), 0);
    queue_done(q, chunk, 0, 0);
    queue_free(q);
}

static void what_comes_of_a_chunk_that_was_refused_is_passed_over(void **state)
{
    struct queue *q = queue_new(2, 1, 10);
    struct queue_chunk *chunk;

    (void)state;
    assert_int_equal(queue_begin(q, 1), 0);
    assert_int_equal(put(q, 'a', 10), 0);
    chunk = take(q, 1);
    assert_false(queue_is_refused(q, 1));
    error_set("a row is wrong");
    queue_refuse(q, chunk);
    assert_true(queue_is_refused(q, 1));
    assert_false(queue_is_refused(q, 0));
    /* None of these waits for anybody. */
    for (int i = 0; i < 5; i++)
        assert_int_equal(put(q, 'b', 10), 0);
    assert_int_equal(end(q, 0), 0);
    assert_int_equal(queue_close(q), 0);
    assert_string_equal(queue_table(q, 1)->error, "a row is wrong");
    assert_null(queue_table(q, 0)->error);
    queue_free(q);
}

static void a_tables_first_error_is_the_one_that_is_kept(void **state)
{
    struct queue *q = queue_new(1, 2, MB);
    struct queue_chunk *chunks[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(queue_begin(q, 0), 0);
        assert_int_equal(end(q, 0), 0);
        chunks[i] = take(q, 0);
    }
    error_set("the first");
    queue_refuse(q, chunks[1]);
    error_set("the second");
    queue_refuse(q, chunks[0]);
    assert_string_equal(queue_table(q, 0)->error, "the first");
    queue_free(q);
}

static void closing_waits_until_all_is_loaded(void **state)
{
    struct queue *q = queue_new(1, 1, MB);
    struct queue_chunk *chunk;
    struct other reader;

    (void)state;
    assert_int_equal(queue_begin(q, 0), 0);
    assert_int_equal(end(q, 0), 0);
    start(&reader, q, close_in_thread);
    assert_waits(&reader);
    chunk = take(q, 0);
    assert_waits(&reader);
    queue_done(q, chunk, 0, 0);
    assert_ends(&reader, 0);
    queue_free(q);
}

static void a_failure_ends_both_sides_with_the_first_error(void **state)
{
    struct queue *q = queue_new(1, 1, 10);
    struct pollfd stop = {.fd = queue_stop_fd(q), .events = POLLIN};
    struct queue_chunk *chunk, *other;
    struct other reader;
    size_t table;

    (void)state;
    assert_int_equal(queue_begin(q, 0), 0);
    assert_int_equal(put(q, 'a', 10), 0);
    chunk = take(q, 0);
    start(&reader, q, put_in_thread);
    assert_waits(&reader);
    assert_int_equal(poll(&stop, 1, 0), 0);
    error_set("the server has gone");
    queue_fail(q);
    error_set("a later error");
    queue_fail(q);
    assert_ends(&reader, -1);
    assert_int_equal(poll(&stop, 1, 0), 1);
    assert_next(q, chunk, "failed");
    queue_refuse(q, chunk);
    assert_int_equal(queue_take(q, &other, &table), -1);
    assert_int_equal(queue_close(q), -1);
    assert_string_equal(error_text(), "the server has gone");
    queue_free(q);
}

static void the_last_loader_may_not_leave(void **state)
{
    struct queue *q = queue_new(1, 2, MB);

    (void)state;
    assert_true(queue_leave(q));
    assert_false(queue_leave(q));
    queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_taken_in_turn_and_their_pieces_in_order),
        cmocka_unit_test(what_waits_is_bounded),
        cmocka_unit_test(a_piece_that_is_larger_than_the_bound_comes_alone),
        cmocka_unit_test(what_comes_of_a_chunk_that_was_refused_is_passed_over),
        cmocka_unit_test(a_tables_first_error_is_the_one_that_is_kept),
        cmocka_unit_test(closing_waits_until_all_is_loaded),
        cmocka_unit_test(a_failure_ends_both_sides_with_the_first_error),
        cmocka_unit_test(the_last_loader_may_not_leave),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
