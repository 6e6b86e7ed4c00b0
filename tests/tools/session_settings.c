/*
 * Shows what a prepared session has: NAME=VALUE for each name.
 *
 *     session_settings URL NAME,NAME... ENCODING [PG_DUMP_OPTION]...
 *
 * ENCODING may be empty. It is a connection made by another, in a thread, as those that read rows
 * are.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "pg/connection.h"
#include "pg/session.h"

struct job {
    const char *conninfo;
    char *names;
    struct pg_session session;
    PGconn *first;
};

static int show(PGconn *conn, const char *name)
{
    const char *const values[] = {name};
    PGresult *result = PQexecParams(conn, "SELECT coalesce(current_setting($1, true), '(none)')", 1,
                                    NULL, values, NULL, NULL, 0);
    int rc = PQresultStatus(result) == PGRES_TUPLES_OK ? 0 : error_set("no answer");

    if (rc == 0)
        printf("%s=%s\n", name, PQgetvalue(result, 0, 0));
    PQclear(result);
    return rc;
}

static void *run(void *self)
{
    struct job *job = self;
    PGconn *conn = pg_connect_same(job->first, job->conninfo);
    char *rest = NULL;
    int rc = conn == NULL ? -1 : pg_session_prepare(conn, &job->session);

    for (char *name = strtok_r(job->names, ",", &rest); rc == 0 && name != NULL;
         name = strtok_r(NULL, ",", &rest))
        rc = show(conn, name);
    if (rc != 0)
        fprintf(stderr, "%s\n", error_text());
    PQfinish(conn);
    return rc == 0 ? job : NULL;
}

int main(int argc, char **argv)
{
    struct job job = {.conninfo = argc > 3 ? argv[1] : "", .names = argc > 3 ? argv[2] : NULL};
    pthread_t thread;
    void *done = NULL;

    if (argc < 4 || interrupt_init() != 0)
        return 2;
    if (pg_session_from_options(&job.session, (const char *const *)argv + 4) != 0 ||
        (job.first = pg_connect(job.conninfo)) == NULL) {
        fprintf(stderr, "%s\n", error_text());
        return 1;
    }
    job.session.encoding = *argv[3] != '\0' ? argv[3] : NULL;
    if (pthread_create(&thread, NULL, run, &job) == 0)
        pthread_join(thread, &done);
    PQfinish(job.first);
    return done == NULL;
}
