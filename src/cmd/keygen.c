#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "age/identity.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "cmd/command.h"
#include "cmd/identity.h"
#include "cmd/options.h"

static const char help[] =
    "usage: dynodrop keygen [-o FILE]\n"
    "\n"
    "Makes an identity, the secret key that opens drops, and prints its public key, which is what\n"
    "drops are encrypted to (DYNODROP_RECIPIENTS).\n"
    "\n"
    "  -o, --output FILE  the new file, of mode 0600, never written over another; - writes to\n"
    "                     standard output and prints nothing else [DYNODROP_IDENTITY, else\n"
    "                     ~/.config/dynodrop/identity.txt, where list and open look for it]\n"
    "      --help         show this\n";

enum { OPTION_HELP = 256 };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* The same lines as age-keygen writes. */
static int format_file(struct buf *b, const struct age_identity *identity, const char *recipient)
{
    char secret[AGE_IDENTITY_TEXT_SIZE];
    char created[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    int rc;

    if (gmtime_r(&now, &utc) != NULL)
        strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &utc);
    age_identity_format(identity, secret);
    rc = buf_printf(b, "# created: %s\n# public key: %s\n%s\n", created, recipient, secret);
    sodium_memzero(secret, sizeof(secret));
    return rc;
}

static int write_new_file(const char *path, const struct buf *text)
{
    struct io_file file = {.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                           .name = path};
    struct writer out = io_writer(&file);
    int rc;

    if (file.fd < 0 && errno == EEXIST)
        return error_set("%s is there already: an identity is never written over, since the drops "
                         "encrypted to it could not be opened any more",
                         path);
    if (file.fd < 0)
        return error_set_errno("cannot create %s", path);
    rc = writer_put(&out, text->data, text->len);
    if (rc == 0 && fsync(file.fd) != 0)
        rc = error_set_errno("cannot write %s to disk", path);
    if (rc != 0)
        unlink(path);
    io_close(&file);
    return rc;
}

/* Makes the folders above a path, for the user alone. */
static int make_folders(const char *path)
{
    char *folder = strdup(path);
    int rc = 0;

    if (folder == NULL)
        return error_set("out of memory");
    for (char *slash = strchr(folder + 1, '/'); slash != NULL && rc == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            rc = error_set_errno("cannot create the folder %s", folder);
        *slash = '/';
    }
    free(folder);
    return rc;
}

static int write_identity(const char *output, const struct buf *text, const char *recipient)
{
    bool chosen;
    char *path = identity_path(output, &chosen);
    int rc = 0;

    if (path == NULL)
        return -1;
    if (!chosen)
        rc = make_folders(path);
    if (rc == 0)
        rc = write_new_file(path, text);
    if (rc == 0) {
        log_info("wrote the identity to %s: keep it safe, and keep a copy elsewhere", path);
        rc = io_print(recipient, strlen(recipient));
    }
    free(path);
    return rc == 0 ? io_print("\n", 1) : -1;
}

static int generate(const char *output)
{
    struct age_identity *identity = age_identity_generate();
    char recipient_text[AGE_RECIPIENT_TEXT_SIZE];
    struct age_recipient recipient;
    struct buf text = {0};
    int rc;

    if (identity == NULL)
        return -1;
    age_identity_recipient(identity, &recipient);
    age_recipient_format(&recipient, recipient_text);
    rc = format_file(&text, identity, recipient_text);
    if (rc == 0 && output != NULL && strcmp(output, "-") == 0)
        rc = io_print(text.data, text.len);
    else if (rc == 0)
        rc = write_identity(output, &text, recipient_text);
    buf_wipe(&text);
    age_identity_free(identity);
    return rc;
}

int cmd_keygen(int argc, char **argv)
{
    const char *output = NULL;
    int option;

    while ((option = options_next(argc, argv, ":o:", long_options)) != -1) {
        switch (option) {
        case 'o':
            output = optarg;
            break;
        case OPTION_HELP:
            return options_help(help);
        default:
            return options_error(argv, option);
        }
    }
    if (optind < argc) {
        error_set("keygen takes no arguments; see dynodrop keygen --help");
        return EXIT_USAGE;
    }
    return generate(output) == 0 ? EXIT_DONE : EXIT_FAILED;
}
