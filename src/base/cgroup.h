/*
 * What the control groups of Linux leave to this process: a container has fewer CPUs than its
 * machine.
 */
#ifndef BASE_CGROUP_H
#define BASE_CGROUP_H

/*
 * How many CPUs' time the process may use: the least quota of its group and the groups above, of
 * version 1 (cpu.cfs_quota_us) and 2 (cpu.max), rounded up. 0 where there is none, or it cannot be
 * told. `root` is the folder in which /proc and all else is looked for: "", but in tests.
 */
int cgroup_cpus(const char *root);

#endif
