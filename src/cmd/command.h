/*
 * The program's commands. Each reads its options, does its work, and returns the exit code; where
 * that is not 0, the error is set and `main` prints it.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,   /* wrong usage or configuration, told before anything is touched */
    EXIT_DIFFERS = 3, /* the drop does not match */
};

/* argv[0] is the command's name, as getopt wants it. */
int cmd_dump(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_open(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_verify(int argc, char **argv);

#endif
