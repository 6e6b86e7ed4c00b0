#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "flow/budget.h"

#define MB (1024ull * 1024)

static void what_is_given_out_fits_the_memory(void **state)
{
    (void)state;
    for (uint64_t memory = 48; memory <= 4096; memory *= 2)
        for (int jobs = 1; jobs <= 16; jobs *= 2) {
            struct budget b;

            assert_int_equal(budget_make(&b, memory * MB, jobs, 0), 0);
            assert_in_range(b.jobs, 1, jobs);
            assert_true(b.window >= 4 * MB);
            assert_true(b.large_row >= 1 * MB);
            assert_true(b.window + (uint64_t)b.jobs * b.large_row * 11 / 10 <= (memory - 24) * MB);
        }
}

static void the_default_has_room_for_four_jobs(void **state)
{
    struct budget b;

    (void)state;
    assert_int_equal(budget_make(&b, 128 * MB, 4, 0), 0);
    assert_int_equal(b.jobs, 4);
}

static void little_memory_means_fewer_jobs(void **state)
{
    struct budget b;

    (void)state;
    assert_int_equal(budget_make(&b, 48 * MB, 8, 0), 0);
    assert_in_range(b.jobs, 1, 4);
    assert_int_equal(budget_make(&b, 256 * MB, 8, 19), 0);
    assert_in_range(b.jobs, 1, 4); /* zstd's high levels want much */
}

static void too_little_is_an_error_that_says_what_it_takes(void **state)
{
    struct budget b;

    (void)state;
    assert_int_equal(budget_make(&b, 16 * MB, 1, 0), -1);
    assert_non_null(strstr(error_text(), "16 MB of memory are too few"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_out_fits_the_memory),
        cmocka_unit_test(the_default_has_room_for_four_jobs),
        cmocka_unit_test(little_memory_means_fewer_jobs),
        cmocka_unit_test(too_little_is_an_error_that_says_what_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
