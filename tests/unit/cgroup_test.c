/* CPU quotas: a temporary folder stands for a machine's /proc and /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/os.h"

#define V1_MOUNT                                                                                   \
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpuacct,cpu\n"
#define V2_MOUNT "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"

static char root[] = "/tmp/cgroup_test.XXXXXX";

static int make_root(void **state)
{
    (void)state;
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    return mkdtemp(root) == NULL;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the file, and the folders that lead to it. */
static void put(const char *path, const char *text)
{
    char full[300];
    FILE *f;

    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *slash = full + sizeof(root); (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    f = fopen(full, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void a_machine_without_groups_has_no_limit(void **state)
{
    (void)state;
    assert_int_equal(cgroup_cpus(root), 0);
    put("/proc/self/cgroup", "");
    put("/proc/self/mountinfo", "36 35 98:0 / / rw - ext4 /dev/root rw\n\n\n36\n");
    assert_int_equal(cgroup_cpus(root), 0);
}

static void a_quota_is_rounded_up(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/app\n");
    put("/proc/self/mountinfo", V2_MOUNT);
    put("/sys/fs/cgroup/app/cpu.max", "200000 100000\n");
    assert_int_equal(cgroup_cpus(root), 2);
    put("/sys/fs/cgroup/app/cpu.max", "200001 100000\n");
    assert_int_equal(cgroup_cpus(root), 3);
    put("/sys/fs/cgroup/app/cpu.max", "1000 100000\n");
    assert_int_equal(cgroup_cpus(root), 1);
}

static void no_quota_is_no_limit(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/app\n");
    put("/proc/self/mountinfo", V2_MOUNT);
    assert_int_equal(cgroup_cpus(root), 0);
    put("/sys/fs/cgroup/app/cpu.max", "max 100000\n");
    assert_int_equal(cgroup_cpus(root), 0);
    put("/sys/fs/cgroup/app/cpu.max", "");
    assert_int_equal(cgroup_cpus(root), 0);
    put("/sys/fs/cgroup/app/cpu.max", "100000 0\n");
    assert_int_equal(cgroup_cpus(root), 0);
}

static void the_least_of_a_group_and_those_above_holds(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b/c\n");
    put("/proc/self/mountinfo", V2_MOUNT);
    put("/sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
    put("/sys/fs/cgroup/a/cpu.max", "300000 100000\n");
    assert_int_equal(cgroup_cpus(root), 3);
    put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    assert_int_equal(cgroup_cpus(root), 2);
    put("/sys/fs/cgroup/a/b/c/cpu.max", "100000 100000\n");
    assert_int_equal(cgroup_cpus(root), 1);
    put("/sys/fs/cpu.max", "50000 100000\n");
    put("/sys/fs/cgroup/a/b/c/cpu.max", "500000 100000\n");
    assert_int_equal(cgroup_cpus(root), 2);
}

static void version_1_has_quota_and_period_in_files_of_their_own(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "5:cpuset:/other\n4:cpuacct,cpu:/a/b\n");
    put("/proc/self/mountinfo",
        "31 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" V1_MOUNT);
    put("/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cgroup_cpus(root), 0);
    put("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "75000\n");
    put("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "50000\n");
    assert_int_equal(cgroup_cpus(root), 2);
}

static void where_both_versions_are_mounted_the_lesser_holds(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "1:cpu:/\n0::/\n");
    put("/proc/self/mountinfo",
        V1_MOUNT "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cgroup_cpus(root), 4);
    put("/sys/fs/cgroup/unified/cpu.max", "200000 100000\n");
    assert_int_equal(cgroup_cpus(root), 2);
    put("/sys/fs/cgroup/unified/cpu.max", "800000 100000\n");
    assert_int_equal(cgroup_cpus(root), 4);
}

static void a_container_that_sees_its_own_group_only_finds_it(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "4:cpu:/docker/0a1b\n");
    put("/proc/self/mountinfo",
        "32 31 0:29 /docker/0a1b /sys/fs/cgroup\\040here rw - cgroup cgroup rw,cpu\n");
    put("/sys/fs/cgroup here/cpu.cfs_quota_us", "200000\n");
    put("/sys/fs/cgroup here/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cgroup_cpus(root), 2);
    put("/proc/self/cgroup", "4:cpu:/docker/0a1b/inner\n");
    put("/sys/fs/cgroup here/inner/cpu.cfs_quota_us", "100000\n");
    put("/sys/fs/cgroup here/inner/cpu.cfs_period_us", "100000\n");
    assert_int_equal(cgroup_cpus(root), 1);
    /* Not below it, only of a name that begins so. */
    put("/proc/self/cgroup", "4:cpu:/docker/0a1bc\n");
    assert_int_equal(cgroup_cpus(root), 2);
}

static void what_is_outside_of_a_group_namespace_is_not_looked_for(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/../outside\n");
    put("/proc/self/mountinfo", V2_MOUNT);
    put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    put("/sys/fs/outside/cpu.max", "100000 100000\n");
    assert_int_equal(cgroup_cpus(root), 2);
}

static void there_is_at_least_one_cpu_and_no_more_than_the_machine_has(void **state)
{
    (void)state;
    assert_in_range(os_cpus(), 1, sysconf(_SC_NPROCESSORS_CONF));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_without_groups_has_no_limit),
        TEST(a_quota_is_rounded_up),
        TEST(no_quota_is_no_limit),
        TEST(the_least_of_a_group_and_those_above_holds),
        TEST(version_1_has_quota_and_period_in_files_of_their_own),
        TEST(where_both_versions_are_mounted_the_lesser_holds),
        TEST(a_container_that_sees_its_own_group_only_finds_it),
        TEST(what_is_outside_of_a_group_namespace_is_not_looked_for),
        cmocka_unit_test(there_is_at_least_one_cpu_and_no_more_than_the_machine_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
