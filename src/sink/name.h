/*
 * The name a drop gets.
 */
#ifndef SINK_NAME_H
#define SINK_NAME_H

#include <time.h>

#define NAME_DEFAULT "{app}-{database}-{time}.dump.age"

/* What a template's {app}, {database}, {host} and {time} stand for. */
struct name_values {
    const char *app; /* NULL or "": left out, with the dash behind it */
    const char *database;
    const char *host; /* of the database's server */
    time_t time;      /* written in UTC, as 20261122T034500Z */
};

/* Checks a template: braces around anything else are an error. Returns 0, or -1 with the error
 * set. */
int name_check(const char *pattern);

/*
 * Makes the name. Characters outside [A-Za-z0-9._-] become "-", and so does a dot at the start.
 * Returns it, to be freed, or NULL with the error set.
 */
char *name_make(const char *pattern, const struct name_values *values);

#endif
