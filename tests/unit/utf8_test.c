#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"

static void assert_point(const char *s, size_t len, uint32_t expected)
{
    uint32_t point = 0;

    assert_int_equal(utf8_decode(s, &point), len);
    assert_int_equal(point, expected);
}

static void characters_of_one_to_four_bytes_are_decoded(void **state)
{
    (void)state;
    assert_point("a\xc3\xa9", 1, 'a');
    assert_point("\x7f", 1, 0x7f);
    assert_point("\xc2\x80", 2, 0x80);
    assert_point("\xdf\xbf\xbf", 2, 0x7ff);
    assert_point("\xe0\xa0\x80", 3, 0x800);
    assert_point("\xef\xbf\xbf", 3, 0xffff);
    assert_point("\xf0\x90\x80\x80", 4, 0x10000);
    assert_point("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
}

static void what_is_none_is_told(void **state)
{
    static const char *const none[] = {
        "\x80",             /* begins in a character's middle */
        "\xc3",             /* ends in one */
        "\xe2\x82",         /* the same */
        "\xc3(",            /* another one begins too early */
        "\xc3\xc3",         /* the same */
        "\xc1\xbf",         /* two bytes for what has one */
        "\xe0\x9f\xbf",     /* three for two */
        "\xf0\x8f\xbf\xbf", /* four for three */
        "\xed\xa0\x80",     /* half of UTF-16's pairs */
        "\xf4\x90\x80\x80", /* beyond the last */
        "\xf8\x88\x80\x80\x80",
        "\xff",
    };
    uint32_t point;

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(utf8_decode(none[i], &point), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_of_one_to_four_bytes_are_decoded),
        cmocka_unit_test(what_is_none_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
