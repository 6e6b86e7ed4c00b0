#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "folder.h"
#include "sink/partial.h"
#include "sink/sink.h"
#include "sink/targets.h"

#define assert_error_has(part) assert_non_null(strstr(error_text(), part))

static void put(struct partial *p, const char *text)
{
    struct writer w = partial_writer(p);

    assert_int_equal(writer_put(&w, text, strlen(text)), 0);
}

static void assert_holds(const char *path, const char *text)
{
    char found[64] = "";
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    assert_true(fread(found, 1, sizeof(found) - 1, f) < sizeof(found) - 1);
    fclose(f);
    assert_string_equal(found, text);
}

static void assert_no(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), -1);
}

static void the_final_name_appears_with_the_commit_only(void **state)
{
    struct partial *p = partial_create("drop");
    struct stat st;

    (void)state;
    assert_non_null(p);
    put(p, "all of it");
    assert_no("drop");
    assert_int_equal(partial_commit(p), 0);
    partial_free(p);
    assert_holds("drop", "all of it");
    assert_no("drop.partial");
    assert_int_equal(stat("drop", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void without_a_commit_the_old_file_stays_and_nothing_else(void **state)
{
    struct partial *p;

    (void)state;
    put_file("drop", "old");
    p = partial_create("drop");
    assert_non_null(p);
    put(p, "new");
    partial_free(p);
    assert_holds("drop", "old");
    assert_no("drop.partial");
}

static void a_commit_replaces_the_old_file(void **state)
{
    struct partial *p;

    (void)state;
    put_file("drop", "old and longer");
    p = partial_create("drop");
    assert_non_null(p);
    put(p, "new");
    assert_int_equal(partial_commit(p), 0);
    partial_free(p);
    assert_holds("drop", "new");
}

static void what_is_written_after_a_seek_goes_over_what_was(void **state)
{
    struct partial *p = partial_create("drop");

    (void)state;
    assert_non_null(p);
    put(p, "0123456789");
    assert_int_equal(partial_seek(p, 2), 0);
    put(p, "ab");
    assert_int_equal(partial_commit(p), 0);
    partial_free(p);
    assert_holds("drop", "01ab456789");
}

static void a_second_writer_of_the_name_is_refused_and_harms_nothing(void **state)
{
    struct partial *p = partial_create("drop");

    (void)state;
    assert_non_null(p);
    put(p, "first");
    assert_null(partial_create("drop"));
    assert_error_has("another run is writing drop.partial");
    assert_int_equal(partial_commit(p), 0);
    partial_free(p);
    assert_holds("drop", "first");
}

static void what_a_killed_run_left_makes_way(void **state)
{
    struct partial *p;
    struct stat st;
    int old;

    (void)state;
    put_file("drop.partial", "stale and longer");
    assert_int_equal(chmod("drop.partial", 0666), 0);
    old = open("drop.partial", O_RDWR);
    assert_true(old >= 0);
    p = partial_create("drop");
    assert_non_null(p);
    put(p, "new");
    assert_int_equal(write(old, "spoiled", 7), 7); /* whoever has it open does not reach ours */
    close(old);
    assert_int_equal(partial_commit(p), 0);
    partial_free(p);
    assert_holds("drop", "new");
    assert_int_equal(stat("drop", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_symbolic_link_in_the_way_is_not_followed(void **state)
{
    (void)state;
    put_file("precious", "mine");
    assert_int_equal(symlink("precious", "drop.partial"), 0);
    assert_null(partial_create("drop"));
    assert_error_has("cannot write over drop.partial");
    assert_holds("precious", "mine");
}

static void what_is_no_regular_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_null(partial_create("pipe"));
    assert_error_has("cannot write pipe: it is there and no regular file");
    assert_null(partial_create("folder"));
    assert_null(partial_create("/dev/full"));
    assert_int_equal(rename("pipe", "drop.partial"), 0);
    assert_null(partial_create("drop")); /* and does not wait for a reader */
    assert_error_has("cannot write");
    assert_no("folder.partial");
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    assert_null(partial_create("none/drop"));
    assert_error_has("cannot open the folder of none/drop: No such file");
}

static void a_full_disk_is_an_error_that_names_the_file(void **state)
{
    const struct rlimit full = {.rlim_cur = 4, .rlim_max = RLIM_INFINITY};
    struct rlimit before;
    struct partial *p = partial_create("drop");
    struct writer w;
    int rc;

    (void)state;
    assert_non_null(p);
    w = partial_writer(p);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    rc = writer_put(&w, "12345", 5);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, -1);
    assert_error_has("cannot write to drop.partial: File too large");
    partial_free(p);
    assert_no("drop.partial");
}

static void a_target_is_a_path_or_a_folder_for_the_name(void **state)
{
    const char *const texts[] = {"one", "file:two", "folder", "file:folder2/"};
    const struct targets_options options = {.texts = texts, .n = 4};
    struct targets *t;
    char *places;
    struct writer w;

    (void)state;
    assert_int_equal(mkdir("folder", 0700) | mkdir("folder2", 0700), 0);
    t = targets_open(&options, "name.age");
    assert_non_null(t);
    w = targets_writer(t);
    assert_int_equal(writer_put(&w, "drop", 4), 0);
    assert_int_equal(targets_bytes(t), 4);
    assert_no("one");
    assert_int_equal(targets_commit(t), 0);
    places = targets_places(t);
    assert_string_equal(places, "one,file:two,folder,file:folder2/");
    free(places);
    targets_free(t);
    assert_holds("one", "drop");
    assert_holds("two", "drop");
    assert_holds("folder/name.age", "drop");
    assert_holds("folder2/name.age", "drop");
}

static void where_one_target_cannot_be_opened_none_is_left(void **state)
{
    const char *const texts[] = {"one", "none/"};
    const struct targets_options options = {.texts = texts, .n = 2};

    (void)state;
    assert_null(targets_open(&options, "name.age"));
    assert_string_equal(error_text(), "target none/: there is no folder none/");
    assert_no("one.partial");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_final_name_appears_with_the_commit_only),
        TEST(without_a_commit_the_old_file_stays_and_nothing_else),
        TEST(a_commit_replaces_the_old_file),
        TEST(what_is_written_after_a_seek_goes_over_what_was),
        TEST(a_second_writer_of_the_name_is_refused_and_harms_nothing),
        TEST(what_a_killed_run_left_makes_way),
        TEST(a_symbolic_link_in_the_way_is_not_followed),
        TEST(what_is_no_regular_file_is_refused),
        TEST(a_folder_that_is_not_there_is_an_error),
        TEST(a_full_disk_is_an_error_that_names_the_file),
        TEST(a_target_is_a_path_or_a_folder_for_the_name),
        TEST(where_one_target_cannot_be_opened_none_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
