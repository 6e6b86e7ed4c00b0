#include "sink/tally.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"

/* Of several failures, so that there is room for all in one error. */
#define LONGEST_REASON 800

struct tally {
    pthread_mutex_t mutex; /* of all that changes */
    const char *const *texts;
    size_t n;
    size_t n_left;
    struct buf failures;
    bool has_failed[];
};

struct tally *tally_new(const char *const *texts, size_t n)
{
    struct tally *t = calloc(1, sizeof(*t) + n * sizeof(t->has_failed[0]));

    if (t == NULL) {
        error_set("out of memory");
        return NULL;
    }
    pthread_mutex_init(&t->mutex, NULL);
    t->texts = texts;
    t->n = t->n_left = n;
    return t;
}

void tally_free(struct tally *t)
{
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->mutex);
    buf_free(&t->failures);
    free(t);
}

/* Under the mutex. */
static int failures_error(const struct tally *t)
{
    return error_set("%s", t->failures.len > 0 ? buf_text(&t->failures) : "out of memory");
}

/* Under the mutex. */
static void note_failure(struct tally *t, size_t target)
{
    t->has_failed[target] = true;
    t->n_left--;
    buf_printf(&t->failures, "%starget %s: %.*s", t->failures.len > 0 ? "; " : "", t->texts[target],
               LONGEST_REASON, error_text());
}

size_t tally_fail(struct tally *t, size_t target)
{
    size_t n_left;

    pthread_mutex_lock(&t->mutex);
    if (!t->has_failed[target])
        note_failure(t, target);
    n_left = t->n_left;
    if (n_left == 0)
        failures_error(t);
    pthread_mutex_unlock(&t->mutex);
    return n_left;
}

void tally_tell(struct tally *t, size_t target)
{
    bool are_left;

    pthread_mutex_lock(&t->mutex);
    are_left = t->n_left > 0;
    pthread_mutex_unlock(&t->mutex);
    if (are_left)
        log_warn("target %s: %s", t->texts[target], error_text());
}

int tally_error(struct tally *t)
{
    int rc;

    pthread_mutex_lock(&t->mutex);
    rc = t->n_left == t->n ? 0 : failures_error(t);
    pthread_mutex_unlock(&t->mutex);
    return rc;
}
