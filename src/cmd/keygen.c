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
#include "age/recipient.h"
#include "age/seal.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "cmd/command.h"
#include "cmd/identity.h"
#include "cmd/options.h"
#include "cmd/passphrase.h"

static const char help[] =
    "usage: dynodrop keygen [-o FILE] [--passphrase]\n"
    "       dynodrop keygen -y FILE\n"
    "\n"
    "Makes an identity, the secret key that opens drops, and prints its public key, which is what\n"
    "drops are encrypted to (DYNODROP_RECIPIENTS).\n"
    "\n"
    "  -o, --output FILE  the new file, of mode 0600, never written over another; - writes to\n"
    "                     standard output and prints nothing else [DYNODROP_IDENTITY, else\n"
    "                     ~/.config/dynodrop/identity.txt, where restore and the others look for "
    "it]\n"
    "      --passphrase   encrypt the file with a passphrase, which is asked for twice at the\n"
    "                     terminal unless DYNODROP_PASSPHRASE holds it; age reads such a file, "
    "too\n"
    "  -y FILE            print the public keys of the identities in FILE instead, encrypted or "
    "not;\n"
    "                     - is standard input\n"
    "      --help         show this\n";

enum { OPTION_PASSPHRASE = 256, OPTION_HELP };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"passphrase", no_argument, NULL, OPTION_PASSPHRASE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct keygen_command {
    const char *output; /* as given, or NULL */
    const char *shown;  /* the identity file to show public keys of, or NULL */
    bool passphrase;
    bool help;
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

static int put_in_buffer(void *self, const void *data, size_t len)
{
    return buf_add(self, data, len);
}

/* Puts an age file that holds the text, encrypted with a passphrase, in its place. */
static int encrypt(struct buf *text)
{
    struct age_recipients recipients = {0};
    char passphrase[AGE_PASSPHRASE_SIZE];
    struct buf sealed = {0};
    int rc;

    if (passphrase_choose(passphrase) != 0)
        return -1;
    rc = age_recipients_set_passphrase(&recipients, passphrase);
    sodium_memzero(passphrase, sizeof(passphrase));
    if (rc == 0)
        rc = age_seal_all(&recipients, text->data, text->len,
                          (struct writer){.write = put_in_buffer, .self = &sealed});
    age_recipients_clear(&recipients);
    buf_wipe(text);
    *text = sealed;
    return rc;
}

static int error_is_there(const char *path)
{
    return error_set("%s is there already: an identity is never written over, since the drops "
                     "encrypted to it could not be opened any more",
                     path);
}

static int write_new_file(const char *path, const struct buf *text)
{
    struct io_file file = {.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                           .name = path};
    struct writer out = io_writer(&file);
    int rc;

    if (file.fd < 0 && errno == EEXIST)
        return error_is_there(path);
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

/* A person is not asked for a passphrase in vain. */
static int check_output(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 ? error_is_there(path) : 0;
}

static int generate_file(const struct keygen_command *c, struct buf *text, const char *recipient)
{
    bool chosen;
    char *path = identity_path(c->output, &chosen);
    int rc;

    if (path == NULL)
        return -1;
    rc = check_output(path);
    if (rc == 0 && c->passphrase)
        rc = encrypt(text);
    if (rc == 0 && !chosen)
        rc = make_folders(path);
    if (rc == 0)
        rc = write_new_file(path, text);
    if (rc == 0) {
        log_info("wrote the identity to %s: keep it safe%s, and keep a copy elsewhere", path,
                 c->passphrase ? " and its passphrase in mind" : "");
        rc = io_print(recipient, strlen(recipient));
    }
    free(path);
    return rc == 0 ? io_print("\n", 1) : -1;
}

static int generate(const struct keygen_command *c)
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
    age_identity_free(identity);
    if (rc == 0 && (c->output == NULL || strcmp(c->output, "-") != 0))
        rc = generate_file(c, &text, recipient_text);
    else if (rc == 0 && (!c->passphrase || (rc = encrypt(&text)) == 0))
        rc = io_print(text.data, text.len);
    buf_wipe(&text);
    return rc;
}

static int show_public_keys(const char *path)
{
    struct age_identities identities = {0};
    char text[AGE_RECIPIENT_TEXT_SIZE];
    struct buf lines = {0};
    int rc = identity_read_file(&identities, path);

    for (size_t i = 0; i < identities.count && rc == 0; i++) {
        struct age_recipient recipient;

        age_identity_recipient(identities.items[i], &recipient);
        age_recipient_format(&recipient, text);
        rc = buf_printf(&lines, "%s\n", text);
    }
    age_identities_clear(&identities);
    if (rc == 0)
        rc = io_print(lines.data, lines.len);
    buf_free(&lines);
    return rc;
}

static int read_options(struct keygen_command *c, int argc, char **argv)
{
    int option;

    while ((option = options_next(argc, argv, ":o:y:", long_options)) != -1) {
        switch (option) {
        case 'o':
            c->output = optarg;
            break;
        case 'y':
            c->shown = optarg;
            break;
        case OPTION_PASSPHRASE:
            c->passphrase = true;
            break;
        case OPTION_HELP:
            c->help = true;
            return 0;
        default:
            options_error(argv, option);
            return -1;
        }
    }
    if (optind < argc)
        return error_set("keygen takes no arguments; see dynodrop keygen --help");
    if (c->shown != NULL && (c->output != NULL || c->passphrase))
        return error_set("-y makes no identity: it goes with neither -o nor --passphrase");
    if (c->passphrase && c->output != NULL && strcmp(c->output, "-") == 0 && isatty(STDOUT_FILENO))
        return error_set("an encrypted identity is not text, and not written to a terminal: give "
                         "-o FILE");
    return 0;
}

int cmd_keygen(int argc, char **argv)
{
    struct keygen_command c = {0};
    int rc;

    if (read_options(&c, argc, argv) != 0)
        return EXIT_USAGE;
    if (c.help)
        return options_help(help);
    rc = c.shown != NULL ? show_public_keys(c.shown) : generate(&c);
    return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}
