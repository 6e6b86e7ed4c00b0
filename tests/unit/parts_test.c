/* Which files a drop is in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "cmd/parts.h"
#include "folder.h"

#define assert_error(text) assert_string_equal(error_text(), text)

/* The most words that a test gives. */
#define WORDS 8

/* Takes the words of a NULL-ended list. */
static int take(struct parts *parts, const char *const words[])
{
    char *argv[WORDS + 1] = {"open"};
    int argc = 1;

    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)words[argc - 1];
    *parts = (struct parts){0};
    optind = 1;
    return parts_take(parts, argc, argv);
}

/* The paths of parts that are used up, with a blank behind each. */
static void assert_paths(struct parts *parts, const char *expected)
{
    struct buf b = {0};

    for (size_t i = 0; i < parts->count; i++)
        assert_int_equal(buf_printf(&b, "%s ", parts->paths[i]), 0);
    assert_string_equal(buf_text(&b), expected);
    buf_free(&b);
    parts_free(parts);
}

/* Whether they are refused as they are named. */
#define assert_refused(text, ...)                                                                  \
    do {                                                                                           \
        struct parts refused;                                                                      \
                                                                                                   \
        assert_int_equal(take(&refused, (const char *const[]){__VA_ARGS__, NULL}), -1);            \
        assert_error(text);                                                                        \
        parts_free(&refused);                                                                      \
    } while (0)

/* What is found from the words, and its name. */
#define assert_found(expected_paths, expected_name, ...)                                           \
    do {                                                                                           \
        struct parts found;                                                                        \
                                                                                                   \
        assert_int_equal(take(&found, (const char *const[]){__VA_ARGS__, NULL}), 0);               \
        assert_int_equal(parts_find(&found), 0);                                                   \
        assert_string_equal(found.name, expected_name);                                            \
        assert_paths(&found, expected_paths);                                                      \
    } while (0)

#define assert_not_found(text, ...)                                                                \
    do {                                                                                           \
        struct parts sought;                                                                       \
                                                                                                   \
        assert_int_equal(take(&sought, (const char *const[]){__VA_ARGS__, NULL}), 0);              \
        assert_int_equal(parts_find(&sought), -1);                                                 \
        assert_error(text);                                                                        \
        parts_free(&sought);                                                                       \
    } while (0)

static void put_parts(const char *const paths[])
{
    for (; *paths != NULL; paths++)
        put_file(*paths, "x");
}

#define PUT(...) put_parts((const char *const[]){__VA_ARGS__, NULL})

static void a_file_that_is_no_part_is_the_drop(void **state)
{
    (void)state;
    PUT("drop.age", "drop.age.002");
    assert_found("drop.age ", "drop.age", "drop.age");
    assert_found("- ", "standard input", "-");
}

static void named_parts_are_put_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    PUT("d.001", "d.002", "d.003", "d.004");
    assert_found("d.001 d.002 d.003 ", "d (3 parts)", "d.003", "d.001", "d.002");
    assert_found("d.001 ./d.002 ", "d (2 parts)", "./d.002", "d.001");
}

static void the_thousandth_part_comes_after_the_999th(void **state)
{
    struct parts parts;
    char path[16];

    (void)state;
    for (unsigned i = 1; i <= 1001; i++) {
        snprintf(path, sizeof(path), "d.%03u", i);
        put_file(path, "x");
    }
    assert_int_equal(take(&parts, (const char *const[]){"d.001", NULL}), 0);
    assert_int_equal(parts_find(&parts), 0);
    assert_string_equal(parts.name, "d (1001 parts)");
    assert_string_equal(parts.paths[9], "d.010");
    assert_string_equal(parts.paths[998], "d.999");
    assert_string_equal(parts.paths[999], "d.1000");
    assert_string_equal(parts.paths[1000], "d.1001");
    parts_free(&parts);
}

static void the_first_part_alone_stands_for_all_beside_it(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a", 0700), 0);
    PUT("d.001", "d.002", "d.003", "d.004.partial", "d.0004", "d", "dd.004", "xd.004", "d.d.004",
        "a/d.001", "a/d.002", "a/d.004x");
    assert_found("d.001 d.002 d.003 ", "d (3 parts)", "d.001");
    assert_found("./d.001 ./d.002 ./d.003 ", "./d (3 parts)", "./d.001");
    assert_found("a/d.001 a/d.002 ", "a/d (2 parts)", "a/d.001");
}

static void a_file_whose_name_ends_as_a_parts_may_be_alone(void **state)
{
    (void)state;
    PUT("d.001", "e.002", "f.365", "d.002.age");
    assert_found("d.001 ", "d.001", "d.001");
    assert_found("e.002 ", "e.002", "e.002");
    assert_found("f.365 ", "f.365", "f.365");
}

static void parts_of_one_drop_may_lie_in_different_folders(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a", 0700) | mkdir("b", 0700), 0);
    PUT("a/d.001", "b/d.002");
    assert_found("a/d.001 b/d.002 ", "a/d (2 parts)", "b/d.002", "a/d.001");
}

static void without_a_word_there_is_no_drop(void **state)
{
    struct parts parts;

    (void)state;
    assert_int_equal(take(&parts, (const char *const[]){NULL}), -1);
    assert_error("open takes one drop, or the parts of one; see dynodrop open --help");
    parts_free(&parts);
}

static void what_is_no_part_is_not_named_beside_others(void **state)
{
    (void)state;
    assert_refused("standard input (-) is a whole drop: name no other beside it", "-", "d.001");
    assert_refused("standard input (-) is a whole drop: name no other beside it", "d.001", "-");
    assert_refused("open takes one drop, or the parts of one (NAME.001, NAME.002 ...): d.age is no "
                   "part",
                   "d.001", "d.002", "d.age");
    assert_refused("open takes one drop, or the parts of one (NAME.001, NAME.002 ...): d is no "
                   "part",
                   "d", "d.001");
}

static void parts_of_two_drops_are_not_mixed(void **state)
{
    (void)state;
    assert_refused("d.001 and e.002 are parts of two drops: name those of one", "d.001", "e.002");
}

static void a_part_is_named_once(void **state)
{
    (void)state;
    assert_refused("d.002 is named twice (also as d.002): name each part once", "d.002", "d.001",
                   "d.002");
    assert_refused("d.001 is named twice (also as ./d.001): name each part once", "d.001",
                   "./d.001");
}

static void a_part_that_is_there_is_not_left_out(void **state)
{
    (void)state;
    PUT("d.001", "d.002", "d.003");
    assert_refused("d.002 belongs to the drop too: name all its parts, or the first one alone",
                   "d.001", "d.003");
    assert_refused("d.001 belongs to the drop too: name all its parts, or the first one alone",
                   "d.003", "d.002");
    assert_refused("d.001 belongs to the drop too: name all its parts, or the first one alone",
                   "d.002");
}

static void a_part_that_is_missing_is_told_by_its_name(void **state)
{
    static const char one[] = "d.002 is missing: put it beside the parts that are there, or dump "
                              "again if it never came";
    static const char first[] = "e.001 is missing: put it beside the parts that are there, or dump "
                                "again if it never came";

    (void)state;
    PUT("d.001", "d.003", "e.002", "e.003");
    assert_not_found(one, "d.001", "d.003");
    assert_not_found(one, "d.001");
    assert_not_found(first, "e.002", "e.003");
    PUT("d.006");
    assert_not_found("d.002 and 2 more are missing: put them beside the parts that are there, or "
                     "dump again if they never came",
                     "d.001");
}

static void a_part_that_cannot_be_read_is_told_before_anything_is(void **state)
{
    (void)state;
    PUT("d.001", "d.002");
    assert_not_found("cannot open d.003: No such file or directory", "d.001", "d.002", "d.003");
    assert_int_equal(mkdir("d.003", 0700), 0);
    assert_not_found("cannot read d.003: it is a directory", "d.001");
    assert_not_found("cannot open e.001: No such file or directory", "e.001");
    assert_not_found("cannot open none/e.001: No such file or directory", "none/e.001");
}

static void an_empty_part_is_refused_unless_it_is_the_last(void **state)
{
    (void)state;
    PUT("d.001", "d.002", "d.003");
    put_file("d.003", "");
    assert_found("d.001 d.002 d.003 ", "d (3 parts)", "d.001");
    put_file("d.002", "");
    assert_not_found("d.002 is empty: put the whole part there, or dump again if it never came",
                     "d.001");
}

static void a_drop_that_came_in_parts_is_not_there_as_a_whole(void **state)
{
    (void)state;
    PUT("d.001", "d.002");
    assert_not_found("cannot open d: it came in parts, of which the first is d.001", "d");
    assert_found("e ", "e", "e"); /* that it is not there is told by whoever opens it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_no_part_is_the_drop),
        TEST(named_parts_are_put_in_the_order_of_their_numbers),
        TEST(the_thousandth_part_comes_after_the_999th),
        TEST(the_first_part_alone_stands_for_all_beside_it),
        TEST(a_file_whose_name_ends_as_a_parts_may_be_alone),
        TEST(parts_of_one_drop_may_lie_in_different_folders),
        TEST(without_a_word_there_is_no_drop),
        TEST(what_is_no_part_is_not_named_beside_others),
        TEST(parts_of_two_drops_are_not_mixed),
        TEST(a_part_is_named_once),
        TEST(a_part_that_is_there_is_not_left_out),
        TEST(a_part_that_is_missing_is_told_by_its_name),
        TEST(a_part_that_cannot_be_read_is_told_before_anything_is),
        TEST(an_empty_part_is_refused_unless_it_is_the_last),
        TEST(a_drop_that_came_in_parts_is_not_there_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
