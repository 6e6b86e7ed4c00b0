#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/words.h"

/* The words, each between brackets. */
static void assert_words(const char *text, const char *expected)
{
    char found[200] = "";
    size_t n;
    char **words = words_split(text, "the text", &n);

    assert_non_null(words);
    for (size_t i = 0; i < n; i++) {
        strcat(found, "[");
        strcat(found, words[i]);
        strcat(found, "]");
    }
    assert_null(words[n]);
    assert_string_equal(found, expected);
    free(words);
}

static void assert_no_words(const char *text)
{
    size_t n;

    assert_null(words_split(text, "the text", &n));
    assert_string_equal(error_text(), "the text ends within a quote");
}

static void words_stand_between_blanks(void **state)
{
    (void)state;
    assert_words("", "");
    assert_words(" \t\n ", "");
    assert_words("a", "[a]");
    assert_words("  -n app\t--no-owner\n", "[-n][app][--no-owner]");
}

static void quotes_keep_blanks_and_go_away(void **state)
{
    (void)state;
    assert_words("--exclude-table-data='logs_*' x", "[--exclude-table-data=logs_*][x]");
    assert_words("'a b'\"c d\"e", "[a bc de]");
    assert_words("'a\\b' \"c'd\" 'e\"f'", "[a\\b][c'd][e\"f]");
    assert_words("'' \"\" x", "[][][x]");
}

static void a_backslash_takes_the_next_character_as_it_is(void **state)
{
    (void)state;
    assert_words("a\\ b \\' \\\\ \"\\\"\"", "[a b]['][\\][\"]");
}

static void nothing_is_expanded(void **state)
{
    (void)state;
    assert_words("$HOME `id` ~ * #x", "[$HOME][`id`][~][*][#x]");
}

static void a_quote_without_an_end_is_an_error(void **state)
{
    (void)state;
    assert_no_words("'a");
    assert_no_words("a \"b c");
    assert_no_words("a\\");
}

static void words_are_counted(void **state)
{
    (void)state;
    assert_int_equal(words_count(NULL), 0);
    assert_int_equal(words_count((const char *const[]){NULL}), 0);
    assert_int_equal(words_count((const char *const[]){"a", "", NULL}), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stand_between_blanks),
        cmocka_unit_test(quotes_keep_blanks_and_go_away),
        cmocka_unit_test(a_backslash_takes_the_next_character_as_it_is),
        cmocka_unit_test(nothing_is_expanded),
        cmocka_unit_test(a_quote_without_an_end_is_an_error),
        cmocka_unit_test(words_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
