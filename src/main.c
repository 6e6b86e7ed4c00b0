/*
 * dynodrop: the table of commands.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "age/init.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "cmd/command.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"dump", cmd_dump, "dump a database into an encrypted drop"},
    {"keygen", cmd_keygen, "make an identity: the key that opens drops"},
    {"list", cmd_list, "show what is in a drop"},
    {"open", cmd_open, "turn a drop into the archive that pg_restore reads"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
    fputs("usage: dynodrop COMMAND [OPTIONS]\n\n"
          "Gets a PostgreSQL database out of Heroku: fast, encrypted, whole.\n\n",
          to);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
    fputs("\ndynodrop COMMAND --help tells more; dynodrop --version tells the version.\n", to);
}

/* A closed standard stream's number would go to the next file opened, which it then spoils. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(EXIT_FAILED);
}

static int run_command(int argc, char **argv)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argc, argv);
    error_set("there is no command %s; see dynodrop --help", argv[0]);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int code = EXIT_FAILED;

    hold_standard_streams();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("dynodrop " DYNODROP_VERSION);
        return EXIT_DONE;
    }
    if (interrupt_init() == 0 && age_init() == 0)
        code = run_command(argc - 1, argv + 1);
    if (code != EXIT_DONE && error_text()[0] != '\0')
        log_error("%s", error_text());
    if (code != EXIT_DONE && interrupt_signal() != 0)
        code = 128 + interrupt_signal();
    return code;
}
