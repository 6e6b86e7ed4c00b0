/*
 * What the commands' options have in common.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/* getopt_long() that prints nothing itself. `letters` begins with ':' (or "+:"). */
int options_next(int argc, char **argv, const char *letters, const struct option *options);

/* Sets the error for a '?' or ':' that options_next() returned. Returns EXIT_USAGE. */
int options_error(char **argv, int result);

/* The value given, else the variable's, else the default. An empty variable counts as none. */
const char *options_value(const char *given, const char *variable, const char *otherwise);

/* Reads a whole number from min to max. Returns 0, or -1 with the error set, which calls it
 * `what`. */
int options_number(const char *text, const char *what, int min, int max, int *value);

/* Reads a size in bytes, with K, M or G behind it in powers of 1024. Returns 0, or -1 with the
 * error set, which calls it `what`. */
int options_size(const char *text, const char *what, uint64_t *bytes);

/* Reads a time: a whole number with s, m, h or d behind it, at most a week. Returns 0, or -1 with
 * the error set, which calls it `what`. */
int options_duration(const char *text, const char *what, int *seconds);

/* Prints a help text to standard output. Returns EXIT_DONE. */
int options_help(const char *text);

/* Whether this is a Heroku dyno. */
bool options_on_dyno(void);

/* The app as Heroku's commands take it behind -a: HEROKU_APP_NAME, which not every app has, else
 * "APP", for the reader to replace. */
const char *options_app(void);

/* On a dyno: adds to the error the command that makes the variable right, up to the app's name.
 * Always returns -1. */
int options_advise(const char *heroku_command);

#endif
