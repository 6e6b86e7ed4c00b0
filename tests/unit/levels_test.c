#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/levels.h"

static size_t choose(uint64_t first, uint64_t second, uint64_t third)
{
    return levels_choose((const uint64_t[LEVELS_N]){first, second, third, UINT64_MAX / 100});
}

static void the_smallest_is_chosen(void **state)
{
    (void)state;
    assert_int_equal(choose(100, 110, 120), 0);
    assert_int_equal(choose(120, 100, 110), 1);
    assert_int_equal(choose(120, 110, 100), 2);
}

static void within_3_percent_the_faster_one_is_chosen(void **state)
{
    (void)state;
    assert_int_equal(choose(1000, 990, 971), 0);
    assert_int_equal(choose(1000, 990, 969), 1);
    assert_int_equal(choose(1000, 1000, 969), 2);
    assert_int_equal(choose(1000, 971, 980), 0);
}

static void of_nothing_the_first_is_chosen(void **state)
{
    (void)state;
    assert_int_equal(choose(0, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_is_chosen),
        cmocka_unit_test(within_3_percent_the_faster_one_is_chosen),
        cmocka_unit_test(of_nothing_the_first_is_chosen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
