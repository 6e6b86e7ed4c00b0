/* The names of parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/part.h"

static void a_part_has_three_digits_or_as_many_as_its_number_takes(void **state)
{
    (void)state;
    assert_int_equal(part_number("drop.age.001"), 1);
    assert_int_equal(part_number("a.001/drop.age.010"), 10);
    assert_int_equal(part_number("drop.999"), 999);
    assert_int_equal(part_number("drop.1000"), 1000);
    assert_int_equal(part_number("drop.999999999"), 999999999);
    assert_int_equal(part_number("drop.007.008"), 8);
}

static void other_names_are_no_parts(void **state)
{
    static const char *const names[] = {
        "",          "-",
        "drop",      "drop.age",
        "drop.000",  "drop.1",
        "drop.01",   "drop.001a",
        "drop.0001", "drop.0999",
        "drop. 01",  "drop.+01",
        "drop.-01",  "001",
        ".001",      "drop.",
        "drop/.001", "drop/001",
        "drop.001/", "drop.001.partial",
        "d.001/age", "drop.1000000000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(part_number(names[i]), 0);
        assert_int_equal(part_stem(names[i]), strlen(names[i]));
    }
}

static void parts_of_the_same_may_lie_in_different_folders(void **state)
{
    (void)state;
    assert_int_equal(part_stem("a/drop.age.1000"), strlen("a/drop.age"));
    assert_true(part_is_of_same("drop.001", "drop.002"));
    assert_true(part_is_of_same("a/drop.001", "/b/c/drop.1000"));
    assert_true(part_is_of_same("./drop.001", "drop.001"));
    assert_false(part_is_of_same("drop.001", "drops.002"));
    assert_false(part_is_of_same("drop.age.001", "drop.002"));
    assert_false(part_is_of_same("a.002", "a/b.002"));
}

static void assert_made(char *made, const char *expected)
{
    assert_non_null(made);
    assert_string_equal(made, expected);
    free(made);
}

static void the_path_of_another_part_is_in_the_same_folder(void **state)
{
    (void)state;
    assert_made(part_path("a/drop.age.002", 1), "a/drop.age.001");
    assert_made(part_path("drop.999", 1000), "drop.1000");
    assert_made(part_path("drop.1000", 99), "drop.099");
}

static void a_name_that_looks_like_a_part_has_parts_too(void **state)
{
    (void)state;
    assert_made(part_name("a/drop.age", 1), "a/drop.age.001");
    assert_made(part_name("drop.20261122", 1), "drop.20261122.001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_has_three_digits_or_as_many_as_its_number_takes),
        cmocka_unit_test(other_names_are_no_parts),
        cmocka_unit_test(parts_of_the_same_may_lie_in_different_folders),
        cmocka_unit_test(the_path_of_another_part_is_in_the_same_folder),
        cmocka_unit_test(a_name_that_looks_like_a_part_has_parts_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
