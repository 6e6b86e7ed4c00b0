/* Files without a name and the room for them, in a real folder and a real small file system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/wait.h>

#include "base/error.h"
#include "sink/room.h"
#include "spool_folder.h"

#define MIB ((uint64_t)1024 * 1024)
#define GIB (1024 * MIB)

#define assert_error_has(part) assert_non_null(strstr(error_text(), part))

static void a_drop_that_fits_with_some_to_spare_is_one_file(void **state)
{
    (void)state;
    assert_true(room_part_size(64 * MIB, 0) == ROOM_ONE_FILE);
    assert_true(room_part_size(64 * MIB, 60 * MIB) == ROOM_ONE_FILE);
    assert_true(room_part_size(64 * MIB, 60 * MIB + 1) != ROOM_ONE_FILE);
    assert_true(room_part_size(UINT64_MAX, 1000000 * GIB) == ROOM_ONE_FILE);
}

static void parts_are_a_quarter_of_the_room_but_neither_tiny_nor_huge(void **state)
{
    (void)state;
    assert_int_equal(room_part_size(64 * MIB, GIB), 15 * MIB);
    assert_int_equal(room_part_size(3 * MIB, GIB), MIB);
    assert_int_equal(room_part_size(100 * GIB, 1000 * GIB), 4 * GIB);
    assert_int_equal(room_part_size(100 * GIB, UINT64_MAX), 4 * GIB);
}

static void a_folder_without_room_for_a_part_has_no_part_size(void **state)
{
    (void)state;
    assert_int_equal(room_part_size(MIB, GIB), 0);
    assert_int_equal(room_part_size(0, 1), 0);
}

static void what_is_no_folder_to_make_files_in_is_refused_with_advice(void **state)
{
    (void)state;
    assert_int_equal(room_check(folder), 0);
    assert_int_equal(room_check("/nonexistent/spool"), -1);
    assert_string_equal(error_text(), "cannot keep the drop's bytes in /nonexistent/spool (No such "
                                      "file or directory): name another folder with --spool");
    assert_int_equal(room_check("/etc/passwd"), -1);
    assert_error_has("/etc/passwd (Not a directory)");
}

static void a_folder_that_is_read_only_is_refused(void **state)
{
    (void)state;
    need_small();
    assert_true(make_read_only());
    assert_int_equal(room_check(folder), -1);
    assert_error_has("Read-only file system");
}

static void a_file_has_no_name_and_is_nobody_elses(void **state)
{
    int fd = room_file(folder);
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    assert_true(is_empty(folder));
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    room_close(fd);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void a_file_that_cannot_be_made_is_an_error_with_its_reason(void **state)
{
    (void)state;
    assert_int_equal(room_file("/nonexistent"), -1);
    assert_int_equal(errno, ENOENT);
    assert_string_equal(error_text(),
                        "cannot make a file in /nonexistent: No such file or directory");
}

static void what_is_written_somewhere_is_read_there(void **state)
{
    int fd = room_file(folder);
    char buf[10];

    (void)state;
    assert_int_equal(room_write(folder, fd, 0, "0123456789", 10), 10);
    assert_int_equal(room_write(folder, fd, 4, "xy", 2), 2);
    assert_int_equal(room_read(folder, fd, 3, buf, 4), 4);
    assert_memory_equal(buf, "3xy6", 4);
    assert_int_equal(room_read(folder, fd, 8, buf, 10), 2);
    assert_int_equal(room_read(folder, fd, 10, buf, 1), -1);
    assert_error_has("has lost bytes");
    room_close(fd);
    assert_int_equal(room_write(folder, fd, 0, "x", 1), -1);
    assert_error_has("cannot write to a file in /tmp/spool_test");
    assert_int_equal(room_read(folder, fd, 0, buf, 1), -1);
    assert_error_has("cannot read a file in /tmp/spool_test");
}

/* Writes as long as there is room, and returns how much that was. */
static size_t fill(int fd)
{
    static const char zeros[65536];
    size_t size = 0;
    ssize_t n;

    while ((n = room_write(folder, fd, size, zeros, sizeof(zeros))) > 0)
        size += (size_t)n;
    return n == 0 ? size : 0;
}

static void the_room_is_what_can_be_written_and_comes_back(void **state)
{
    uint64_t before = 0, full = 0, after = 0;
    int fd, child_has;

    (void)state;
    need_small();
    fd = room_file(folder);
    assert_int_equal(room_free(folder, &before), 0);
    assert_int_equal(fill(fd), before);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(room_free(folder, &full), 0);
    assert_int_equal(full, 0);
    child_has = dup(fd);
    room_close(fd);
    assert_int_equal(room_free(folder, &after), 0);
    assert_int_equal(after, before);
    close(child_has);
}

static void the_room_of_a_folder_that_is_not_there_is_an_error(void **state)
{
    uint64_t room;

    (void)state;
    assert_int_equal(room_free("/nonexistent", &room), -1);
    assert_error_has("cannot tell how much room is in /nonexistent: No such file");
}

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* From here on openat() knows no O_TMPFILE, as on a file system that has no such thing. */
static int forbid_unnamed(void)
{
    const unsigned flag = O_TMPFILE & ~O_DIRECTORY;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static int make_without_unnamed(void)
{
    struct stat st;
    int fd;

    if (forbid_unnamed() != 0 || open(folder, O_TMPFILE | O_RDWR, 0600) >= 0)
        return 2;
    fd = room_file(folder);
    if (fd < 0 || fstat(fd, &st) != 0 || fcntl(fd, F_GETFD) != FD_CLOEXEC)
        return 3;
    return st.st_nlink == 0 && (st.st_mode & 07777) == 0600 && is_empty(folder) ? 0 : 4;
}

static void where_the_system_makes_no_nameless_file_one_loses_its_name_at_once(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0)
        _exit(make_without_unnamed());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}
#endif

#define TEST(name)  cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
#define SMALL(name) cmocka_unit_test_setup_teardown(name, make_small_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drop_that_fits_with_some_to_spare_is_one_file),
        cmocka_unit_test(parts_are_a_quarter_of_the_room_but_neither_tiny_nor_huge),
        cmocka_unit_test(a_folder_without_room_for_a_part_has_no_part_size),
        TEST(what_is_no_folder_to_make_files_in_is_refused_with_advice),
        SMALL(a_folder_that_is_read_only_is_refused),
        TEST(a_file_has_no_name_and_is_nobody_elses),
        cmocka_unit_test(a_file_that_cannot_be_made_is_an_error_with_its_reason),
        TEST(what_is_written_somewhere_is_read_there),
        SMALL(the_room_is_what_can_be_written_and_comes_back),
        cmocka_unit_test(the_room_of_a_folder_that_is_not_there_is_an_error),
#ifdef __linux__
        TEST(where_the_system_makes_no_nameless_file_one_loses_its_name_at_once),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
