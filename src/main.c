/*
 * dynodrop: the table of commands.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "age/init.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/log.h"
#include "base/os.h"
#include "base/stream.h"
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
    {"restore", cmd_restore, "restore a drop into a database"},
    {"verify", cmd_verify, "check that a drop is whole, and what a database has"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int add_help(struct buf *b)
{
    int rc =
        buf_add_text(b, "usage: dynodrop COMMAND [OPTIONS]\n\n"
                        "Gets a PostgreSQL database out of Heroku: fast, encrypted, whole.\n\n");

    for (size_t i = 0; i < N_COMMANDS && rc == 0; i++)
        rc = buf_printf(b, "  %-8s %s\n", commands[i].name, commands[i].what);
    if (rc == 0)
        rc = buf_add_text(b, "\ndynodrop COMMAND --help tells more; dynodrop --version tells the "
                             "version.\n");
    return rc;
}

static int print_help(int fd)
{
    struct io_file file = {.fd = fd, .name = fd == STDOUT_FILENO ? "standard output" : "the log"};
    struct writer out = io_writer(&file);
    struct buf b = {0};
    int rc = add_help(&b);

    if (rc == 0)
        rc = writer_put(&out, b.data, b.len);
    buf_free(&b);
    return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int print_version(void)
{
    static const char version[] = "dynodrop " DYNODROP_VERSION "\n";

    return io_print(version, strlen(version)) == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* A closed standard stream's number would go to the next file opened, which it then spoils. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(EXIT_FAILED);
}

/* A word that is no command may be a URL with a password: only what looks like one is quoted. */
static int run_command(int argc, char **argv)
{
    const char *name = argv[0];

    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc, argv);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return print_help(STDOUT_FILENO);
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return print_version();
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] == '\0')
        error_set("there is no command %s; see dynodrop --help", name);
    else
        error_set("the first word is no command; see dynodrop --help");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int code = EXIT_FAILED;

    os_keep_memory_private();
    os_return_large_memory();
    hold_standard_streams();
    if (argc < 2) {
        print_help(STDERR_FILENO);
        code = EXIT_USAGE;
    } else if (interrupt_init() == 0 && age_init() == 0) {
        code = run_command(argc - 1, argv + 1);
    }
    if (code != EXIT_DONE && code != EXIT_DIFFERS && error_text()[0] != '\0')
        log_error("%s", error_text());
    if (code != EXIT_DONE && interrupt_signal() != 0)
        code = 128 + interrupt_signal();
    return code;
}
