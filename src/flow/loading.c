#include "flow/loading.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/thread.h"

/* What may wait for the loaders, compressed, in bytes: some chunks for each. */
#define MOST_WAITING (16 * 1024 * 1024)

struct job {
    pthread_t thread;
    struct loader *loader;
};

struct loading {
    struct loader_shared shared;
    struct job *jobs;
    size_t n_jobs; /* whose threads run */
};

static void *run_job(void *self)
{
    struct job *job = self;

    loader_run(job->loader);
    return NULL;
}

static int start_jobs(struct loading *l, size_t jobs)
{
    for (size_t i = 0; i < jobs; i++) {
        struct job *job = &l->jobs[i];

        job->loader = loader_new(&l->shared);
        if (job->loader == NULL || thread_start(&job->thread, run_job, job) != 0) {
            loader_free(job->loader);
            return -1;
        }
        l->n_jobs++;
    }
    return 0;
}

struct loading *loading_start(const struct loader_shared *shared, size_t n_tables, int jobs)
{
    struct loading *l = calloc(1, sizeof(*l));

    if (l == NULL || (l->jobs = calloc((size_t)jobs, sizeof(*l->jobs))) == NULL) {
        error_set("out of memory");
        free(l);
        return NULL;
    }
    l->shared = *shared;
    l->shared.queue = queue_new(n_tables, (size_t)jobs, MOST_WAITING);
    if (l->shared.queue != NULL && start_jobs(l, (size_t)jobs) == 0)
        return l;
    loading_free(l);
    return NULL;
}

struct queue *loading_queue(struct loading *l)
{
    return l->shared.queue;
}

static void join(struct loading *l)
{
    for (size_t i = 0; i < l->n_jobs; i++) {
        pthread_join(l->jobs[i].thread, NULL);
        loader_free(l->jobs[i].loader);
    }
    l->n_jobs = 0;
}

int loading_finish(struct loading *l)
{
    const int rc = queue_close(l->shared.queue);

    if (rc == 0)
        join(l);
    return rc;
}

void loading_stop(struct loading *l)
{
    queue_fail(l->shared.queue);
    join(l);
}

void loading_free(struct loading *l)
{
    if (l == NULL)
        return;
    if (l->shared.queue != NULL)
        loading_stop(l);
    queue_free(l->shared.queue);
    free(l->jobs);
    free(l);
}
