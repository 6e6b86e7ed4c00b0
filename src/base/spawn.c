#include "base/spawn.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"

/* Its ends of the pipes, or what stands for them. */
struct ends {
    int fds[3];
    const int *inherit;
    size_t n_inherit;
};

/*
 * The child's side of fork(): only async-signal-safe calls, and none returns. Signals are blocked:
 * our handlers would take one for us, and wake the parent by the pipe that both have.
 */
static void become(const char *const argv[], char *const env[], const struct ends *ends,
                   pid_t parent, const sigset_t *mask)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGPIPE};

    setpgid(0, 0);
    os_die_with_parent(parent);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        signal(ours[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    for (size_t i = 0; i < ends->n_inherit; i++)
        fcntl(ends->inherit[i], F_SETFD, 0);
    for (int i = 0; i < 3; i++)
        if (dup2(ends->fds[i], i) < 0)
            _exit(127);
    execve(argv[0], (char *const *)argv, env);
    _exit(127);
}

/* Returns the process, or -1 with the error set. */
static pid_t fork_child(const char *const argv[], char *const env[], const struct ends *ends)
{
    pid_t parent = getpid(), pid;
    sigset_t all, mask;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    pid = fork();
    if (pid == 0)
        become(argv, env, ends, parent, &mask);
    if (pid < 0)
        error_set_errno("cannot start %s", argv[0]);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (pid > 0)
        setpgid(pid, pid); /* here too: a signal may be due before the child has run */
    return pid;
}

/* What the child reads: `in` gets its end and ours, or -1. Returns 0, or -1 with the error set. */
static int open_input(int input, int in[2])
{
    in[1] = -1;
    if (input == CHILD_PIPED) {
        if (os_pipe(in) != 0)
            return -1;
        fcntl(in[1], F_SETFL, O_NONBLOCK);
        return 0;
    }
    in[0] = input >= 0 ? fcntl(input, F_DUPFD_CLOEXEC, 0) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in[0] < 0)
        return error_set_errno("cannot open what the program is to read");
    return 0;
}

pid_t spawn_child(const char *const argv[], char *const env[], const struct child_files *files,
                  struct spawn_pipes *pipes)
{
    struct ends ends = {.inherit = files->inherit, .n_inherit = files->n_inherit};
    int in[2], out[2], err[2];
    pid_t pid;
    bool ours = files->output < 0;

    if (open_input(files->input, in) != 0)
        return -1;
    if (os_pipe(out) != 0)
        goto err0;
    if (os_pipe(err) != 0)
        goto err1;
    ends.fds[0] = in[0];
    ends.fds[1] = ours ? out[1] : files->output;
    ends.fds[2] = ours ? err[1] : files->output;
    pid = fork_child(argv, env, &ends);
    if (pid < 0)
        goto err2;
    close(in[0]);
    close(out[1]);
    close(err[1]);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    *pipes = (struct spawn_pipes){.in = in[1], .out = out[0], .err = err[0]};
    return pid;

err2:
    close(err[0]);
    close(err[1]);
err1:
    close(out[0]);
    close(out[1]);
err0:
    close(in[0]);
    if (in[1] >= 0)
        close(in[1]);
    return -1;
}
