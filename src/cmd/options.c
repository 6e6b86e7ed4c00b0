#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/io.h"
#include "cmd/command.h"

int options_next(int argc, char **argv, const char *letters, const struct option *options)
{
    opterr = 0;
    return getopt_long(argc, argv, letters, options, NULL);
}

int options_error(char **argv, int result)
{
    const char *word = argv[optind - 1];

    if (result == ':')
        error_set("option %s needs a value; see dynodrop %s --help", word, argv[0]);
    else if (optopt != 0 && strncmp(word, "--", 2) == 0)
        error_set("option %.*s takes no value; see dynodrop %s --help", (int)strcspn(word, "="),
                  word, argv[0]);
    else if (optopt != 0)
        error_set("unknown option -%c; see dynodrop %s --help", optopt, argv[0]);
    else /* a value behind = may be a secret */
        error_set("unknown option %.*s; see dynodrop %s --help", (int)strcspn(word, "="), word,
                  argv[0]);
    return EXIT_USAGE;
}

const char *options_value(const char *given, const char *variable, const char *otherwise)
{
    const char *value = given != NULL ? given : getenv(variable);

    return value != NULL && (given != NULL || *value != '\0') ? value : otherwise;
}

int options_number(const char *text, const char *what, int min, int max, int *value)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < min || number > max)
        return error_set("%s is a whole number from %d to %d, not \"%s\"", what, min, max, text);
    *value = (int)number;
    return 0;
}

int options_size(const char *text, const char *what, uint64_t *bytes)
{
    static const char units[] = "KMG";
    const char *unit;
    char *end;
    int shift = 0;

    errno = 0;
    *bytes = strtoull(text, &end, 10);
    if (*end != '\0' && (unit = strchr(units, *end)) != NULL) {
        shift = (int)(unit - units + 1) * 10;
        end++;
    }
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || *bytes > UINT64_MAX >> shift)
        return error_set("%s is a size, as 128M or 1G, not \"%s\"", what, text);
    *bytes <<= shift;
    return 0;
}

int options_duration(const char *text, const char *what, int *seconds)
{
    static const struct {
        char unit;
        int seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const long most = 7 * 86400L;
    char *end;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (errno == 0 && *text >= '0' && *text <= '9' && end[0] == units[i].unit &&
            end[1] == '\0' && number <= most / units[i].seconds) {
            *seconds = (int)number * units[i].seconds;
            return 0;
        }
    return error_set("%s is a time up to 7d, as 90s, 10m or 2h, not \"%s\"", what, text);
}

int options_help(const char *text)
{
    return io_print(text, strlen(text)) == 0 ? EXIT_DONE : EXIT_FAILED;
}

bool options_on_dyno(void)
{
    const char *dyno = getenv("DYNO");

    return dyno != NULL && *dyno != '\0';
}

const char *options_app(void)
{
    return options_value(NULL, "HEROKU_APP_NAME", "APP");
}

int options_advise(const char *heroku_command)
{
    if (options_on_dyno())
        error_append("; type: heroku %s -a %s", heroku_command, options_app());
    return -1;
}
