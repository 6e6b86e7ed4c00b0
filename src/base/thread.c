#include "base/thread.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"

int thread_start(pthread_t *thread, void *(*run)(void *), void *self)
{
    sigset_t all, mask;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    rc = pthread_create(thread, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return rc == 0 ? 0 : error_set("cannot start a thread: %s", strerror(rc));
}
