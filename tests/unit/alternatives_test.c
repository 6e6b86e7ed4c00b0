/* What a user may write as a target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sink/alternatives.h"

static void assert_one(const char *target, bool is_taildrop, const char *place)
{
    struct alternatives a;

    assert_int_equal(alternatives_parse(&a, target), 0);
    assert_int_equal(a.n, 1);
    assert_string_equal(a.items[0].text, target);
    assert_int_equal(a.items[0].is_taildrop, is_taildrop);
    assert_int_equal(alternatives_have_taildrop(&a), is_taildrop);
    assert_string_equal(a.items[0].place, place);
    alternatives_clear(&a);
}

static void assert_refused(const char *target, const char *error)
{
    struct alternatives a;

    assert_int_equal(alternatives_parse(&a, target), -1);
    if (strstr(error_text(), error) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", error, error_text());
}

static void a_target_is_a_machine_a_file_or_standard_output(void **state)
{
    (void)state;
    assert_one("taildrop:laptop", true, "laptop");
    assert_one("taildrop:laptop.tail1234.ts.net", true, "laptop.tail1234.ts.net");
    assert_one("taildrop:100.64.0.7", true, "100.64.0.7");
    assert_one("taildrop:fd7a:115c:a1e0::7", true, "fd7a:115c:a1e0::7");
    assert_one("file:a drop", false, "a drop");
    assert_one("/drops/", false, "/drops/");
    assert_one("-", false, "-");
}

static void commas_separate_alternatives(void **state)
{
    struct alternatives a;

    (void)state;
    assert_int_equal(alternatives_parse(&a, "taildrop:laptop,taildrop:desk,file:/drops"), 0);
    assert_int_equal(a.n, 3);
    assert_string_equal(a.items[0].place, "laptop");
    assert_string_equal(a.items[1].text, "taildrop:desk");
    assert_string_equal(a.items[1].place, "desk");
    assert_false(a.items[2].is_taildrop);
    assert_string_equal(a.items[2].place, "/drops");
    assert_true(alternatives_have_taildrop(&a));
    alternatives_clear(&a);
}

static void what_means_nothing_is_refused(void **state)
{
    (void)state;
    assert_refused("", "an empty target");
    assert_refused("file:", "an empty target");
    assert_refused("a,,b", "an empty target");
    assert_refused("taildrop:", "\"\" is no name of a machine");
    assert_refused("taildrop:laptop:", "\"laptop:\" is no name of a machine");
    assert_refused("taildrop:--help", "\"--help\" is no name of a machine");
    assert_refused("taildrop:a b", "\"a b\" is no name of a machine");
    assert_refused("taildrop:laptop,-", "standard output cannot be one of several");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_a_machine_a_file_or_standard_output),
        cmocka_unit_test(commas_separate_alternatives),
        cmocka_unit_test(what_means_nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
