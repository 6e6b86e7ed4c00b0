#include "flow/reading.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/thread.h"
#include "flow/levels.h"
#include "flow/worker.h"

struct job {
    pthread_t thread;
    struct worker *worker;
};

struct reading {
    struct reading_source source;
    struct reading_options options;
    struct worker_shared shared;
    struct job *jobs;
    size_t n_jobs; /* whose threads run */
};

static void *run_job(void *self)
{
    struct job *job = self;

    worker_run(job->worker);
    return NULL;
}

static int start_jobs(struct reading *r)
{
    for (int i = 0; i < r->options.budget.jobs; i++) {
        struct job *job = &r->jobs[i];

        job->worker = worker_new(&r->shared);
        if (job->worker == NULL || thread_start(&job->thread, run_job, job) != 0) {
            worker_free(job->worker);
            return -1;
        }
        r->n_jobs++;
    }
    return 0;
}

static int make_choices(struct reading *r)
{
    size_t n = r->source.tables->n;

    r->shared.choices = calloc(n + 1, sizeof(*r->shared.choices));
    if (r->shared.choices == NULL)
        return error_set("out of memory");
    for (size_t i = 0; i < n; i++)
        atomic_init(&r->shared.choices[i], LEVELS_UNTRIED);
    return 0;
}

struct reading *reading_start(const struct reading_source *source,
                              const struct reading_options *options)
{
    struct reading *r = calloc(1, sizeof(*r));
    size_t n = (size_t)options->budget.jobs;

    if (r == NULL || (r->jobs = calloc(n, sizeof(*r->jobs))) == NULL) {
        error_set("out of memory");
        goto fail;
    }
    r->source = *source;
    r->options = *options;
    r->shared.source = &r->source;
    r->shared.options = &r->options;
    if (make_choices(r) != 0)
        goto fail;
    r->shared.window = window_new(source->plan->n, n, options->budget.window);
    if (r->shared.window != NULL && start_jobs(r) == 0)
        return r;

fail:
    reading_free(r);
    return NULL;
}

struct window *reading_window(struct reading *r)
{
    return r->shared.window;
}

void reading_free(struct reading *r)
{
    if (r == NULL)
        return;
    if (r->shared.window != NULL)
        window_fail(r->shared.window);
    for (size_t i = 0; i < r->n_jobs; i++) {
        pthread_join(r->jobs[i].thread, NULL);
        worker_free(r->jobs[i].worker);
    }
    window_free(r->shared.window);
    free(r->shared.choices);
    free(r->jobs);
    free(r);
}
