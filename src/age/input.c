#include "age/input.h"

#include "age/armor.h"
#include "age/init.h"
#include "base/error.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define BINARY_BEGIN  "age-encryption.org/"
#define ARMORED_BEGIN "-----BEGIN AGE "
#define BEGIN_MAX     sizeof(BINARY_BEGIN)

/* In sodium_malloc() memory, since a file of keys may stand in begin. */
struct age_input {
    struct reader in;
    enum age_input_kind kind;
    struct age_armor *armor; /* NULL unless the file is armored */
    bool in_ended;           /* in has come to its end and is not asked again */
    size_t begin_at;         /* how much of begin was given out */
    size_t begin_len;
    char begin[AGE_ARMOR_BLANKS_MAX + BEGIN_MAX]; /* what was read to tell what the file is */
};

static ssize_t read_in(struct age_input *input, void *buf, size_t len)
{
    ssize_t got = 0;

    if (!input->in_ended)
        got = input->in.read(input->in.self, buf, len);
    input->in_ended = got <= 0;
    return got;
}

/* The file as it is: what was read of it already, then the rest. */
static ssize_t read_raw(void *self, void *buf, size_t len)
{
    struct age_input *input = self;
    size_t left = input->begin_len - input->begin_at;

    if (left == 0)
        return read_in(input, buf, len);
    if (len > left)
        len = left;
    memcpy(buf, input->begin + input->begin_at, len);
    input->begin_at += len;
    return (ssize_t)len;
}

/*
 * Reads one byte of the beginning. Returns 1, 0 at the end of the file or of the room, or -1 with
 * the error set.
 */
static int read_begin_byte(struct age_input *input)
{
    ssize_t got;

    if (input->begin_len == sizeof(input->begin))
        return 0;
    got = read_in(input, input->begin + input->begin_len, 1);
    if (got > 0)
        input->begin_len++;
    return (int)got;
}

/* Reads on while what stands at `at` may become the text. Returns 1 when it has, 0, or -1. */
static int begins(struct age_input *input, size_t at, const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (at + i == input->begin_len) {
            int got = read_begin_byte(input);

            if (got <= 0)
                return got;
        }
        if (input->begin[at + i] != text[i])
            return 0;
    }
    return 1;
}

/* Sets the kind. Returns 0, or -1 with the error set. */
static int look(struct age_input *input)
{
    size_t blanks = 0;
    int got;

    input->kind = AGE_INPUT_OTHER;
    while ((got = read_begin_byte(input)) > 0 && age_armor_is_blank(input->begin[blanks]))
        blanks++;
    if (got <= 0)
        return got;
    got = begins(input, blanks, ARMORED_BEGIN);
    if (got > 0) {
        input->kind = AGE_INPUT_ARMORED;
        input->armor = age_armor_new(age_input_raw_reader(input));
        return input->armor == NULL ? -1 : 0;
    }
    if (got == 0 && blanks == 0)
        got = begins(input, 0, BINARY_BEGIN);
    if (got > 0)
        input->kind = AGE_INPUT_BINARY;
    return got < 0 ? -1 : 0;
}

struct age_input *age_input_new(struct reader in)
{
    struct age_input *input;

    if (age_init() < 0)
        return NULL;
    input = sodium_malloc(sizeof(*input));
    if (input == NULL) {
        error_set("out of memory");
        return NULL;
    }
    memset(input, 0, sizeof(*input));
    input->in = in;
    if (look(input) < 0) {
        age_input_free(input);
        return NULL;
    }
    return input;
}

enum age_input_kind age_input_kind(const struct age_input *input)
{
    return input->kind;
}

struct reader age_input_raw_reader(struct age_input *input)
{
    return (struct reader){.read = read_raw, .self = input};
}

struct reader age_input_reader(struct age_input *input)
{
    if (input->armor != NULL)
        return age_armor_reader(input->armor);
    return age_input_raw_reader(input);
}

void age_input_free(struct age_input *input)
{
    if (input == NULL)
        return;
    age_armor_free(input->armor);
    sodium_free(input);
}
