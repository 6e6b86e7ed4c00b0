/*
 * The test vectors of the age format (CCTV, npm package cctv-age), each of which states its outcome
 * and the SHA-256 of the plaintext that may come out, in a failure too.
 *
 * tests/deps puts them into build/deps/age-vectors, one a file: "key: value" lines, an empty line,
 * and the age file. DYNODROP_AGE_VECTORS names another folder. A folder that lacks any fails.
 */
#include "age/armor.h"
#include "age/unseal.h"
#include "age_memory.h"
#include "base/error.h"

#include <dirent.h>
#include <stdio.h>

#include <sodium.h>

#define FOLDER    "build/deps/age-vectors"
#define VECTORS   143 /* of cctv-age 0.2.0 */
#define KEYS_MAX  4   /* identities or passphrases in one vector */
#define PQ_REASON "a post-quantum identity (AGE-SECRET-KEY-PQ-1...) is not supported"

enum outcome {
    SUCCESS,
    NO_MATCH,
    HMAC_FAILURE,
    HEADER_FAILURE,
    PAYLOAD_FAILURE,
    ARMOR_FAILURE,
    REFUSED, /* an identity of a kind that dynodrop does not take */
    OUTCOMES,
};

static const char *const outcome_names[OUTCOMES] = {
    "success",         "no match",      "HMAC failure",          "header failure",
    "payload failure", "armor failure", "refused (post-quantum)"};

struct vector {
    char name[64];
    struct memory text; /* all of it; what is below points into it, or was copied from it */
    struct memory file; /* the age file */
    enum outcome expect;
    const char *payload; /* NULL, or the hash in hexadecimal */
    bool armored;
    const char *identities[KEYS_MAX];
    size_t identity_count;
    const char *passphrases[KEYS_MAX];
    size_t passphrase_count;
};

static struct vector vectors[VECTORS + 1];
static size_t vector_count;
static size_t counts[OUTCOMES];

static enum outcome outcome_named(const char *name)
{
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++) {
        if (strcmp(outcome_names[outcome], name) == 0)
            return outcome;
    }
    fail_msg("there is no outcome \"%s\"", name);
    return OUTCOMES;
}

static void take_field(struct vector *vector, const char *key, const char *value)
{
    if (strcmp(key, "expect") == 0) {
        vector->expect = outcome_named(value);
    } else if (strcmp(key, "payload") == 0) {
        vector->payload = value;
    } else if (strcmp(key, "armored") == 0) {
        vector->armored = strcmp(value, "yes") == 0;
    } else if (strcmp(key, "identity") == 0) {
        assert_true(vector->identity_count < KEYS_MAX);
        vector->identities[vector->identity_count++] = value;
    } else if (strcmp(key, "passphrase") == 0) {
        assert_true(vector->passphrase_count < KEYS_MAX);
        vector->passphrases[vector->passphrase_count++] = value;
    } else if (strcmp(key, "file key") != 0 && strcmp(key, "comment") != 0) {
        fail_msg("%s has the unknown key \"%s\"", vector->name, key);
    }
}

/* Cuts the fields off the text, up to the empty line; what is left is the age file. */
static void parse(struct vector *vector)
{
    char *line = (char *)vector->text.data;

    vector->expect = OUTCOMES;
    while (*line != '\n') {
        char *end = strchr(line, '\n');
        char *colon = strstr(line, ": ");

        assert_true(colon != NULL && end != NULL && colon < end);
        *end = '\0';
        *colon = '\0';
        take_field(vector, line, colon + 2);
        line = end + 1;
    }
    assert_int_not_equal(vector->expect, OUTCOMES);
    vector->file.data = (unsigned char *)line + 1;
    vector->file.len = (size_t)(vector->text.data + vector->text.len - (unsigned char *)line) - 1;
}

static int load(struct vector *vector, const char *folder)
{
    unsigned char chunk[65536];
    char path[4096];
    size_t got;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s", folder, vector->name);
    in = fopen(path, "rb");
    if (in == NULL)
        return -1;
    while ((got = fread(chunk, 1, sizeof(chunk), in)) > 0)
        memory_write(&vector->text, chunk, got);
    memory_write(&vector->text, "", 1);
    vector->text.len--;
    return fclose(in);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct vector *)a)->name, ((const struct vector *)b)->name);
}

/* Returns 0, or -1 after saying on stderr what is missing. */
static int load_all(void)
{
    const char *folder = getenv("DYNODROP_AGE_VECTORS");
    const struct dirent *entry;
    DIR *dir;

    if (folder == NULL)
        folder = FOLDER;
    dir = opendir(folder);
    while (dir != NULL && vector_count <= VECTORS && (entry = readdir(dir)) != NULL) {
        struct vector *vector = &vectors[vector_count];

        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(vector->name))
            continue;
        strcpy(vector->name, entry->d_name);
        if (load(vector, folder) == 0)
            vector_count++;
    }
    if (dir != NULL)
        closedir(dir);
    if (vector_count != VECTORS) {
        fprintf(stderr, "%s holds %zu test vectors and not %d; run `make deps`\n", folder,
                vector_count, VECTORS);
        return -1;
    }
    qsort(vectors, vector_count, sizeof(*vectors), by_name);
    return 0;
}

struct asker {
    const char *passphrase;
    int asked;
};

static int ask(void *self, char text[AGE_PASSPHRASE_SIZE])
{
    struct asker *asker = self;

    asker->asked++;
    snprintf(text, AGE_PASSPHRASE_SIZE, "%s", asker->passphrase);
    return 0;
}

static bool error_begins(const char *text)
{
    return strncmp(error_text(), text, strlen(text)) == 0;
}

/* What the error that opening the file ended with stands for. */
static enum outcome outcome_of_header(void)
{
    if (error_begins("malformed ASCII armor"))
        return ARMOR_FAILURE;
    if (error_begins("none of the identities can open this") ||
        error_begins("there is no key to open it with") || error_begins("the passphrase is wrong"))
        return NO_MATCH;
    if (error_begins("the drop is altered or damaged in its header"))
        return HMAC_FAILURE;
    assert_true(error_begins("malformed age header") || error_begins("not an age ") ||
                error_begins("not a binary age file") ||
                error_begins("the drop is truncated: it ends at byte") ||
                error_begins("refused: the work factor"));
    return HEADER_FAILURE;
}

static enum outcome outcome_of_payload(void)
{
    if (error_begins("malformed ASCII armor"))
        return ARMOR_FAILURE;
    assert_true(error_begins("the drop is ") || error_begins("malformed age file: its last piece"));
    return PAYLOAD_FAILURE;
}

/* Reads to the end or a failure, and checks that what came out is what may. */
static enum outcome read_payload(struct reader in, size_t step, const char *expected_hash)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hash_text[2 * sizeof(hash) + 1];
    crypto_hash_sha256_state state;
    unsigned char *buf = malloc(step);
    enum outcome outcome;
    ssize_t got;

    assert_non_null(buf);
    crypto_hash_sha256_init(&state);
    while ((got = in.read(in.self, buf, step)) > 0)
        crypto_hash_sha256_update(&state, buf, (unsigned long long)got);
    outcome = got == 0 ? SUCCESS : outcome_of_payload();
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(hash_text, sizeof(hash_text), hash, sizeof(hash));
    /* Armor may fail behind a whole payload; its vectors state no hash. */
    if (outcome != ARMOR_FAILURE) {
        assert_non_null(expected_hash);
        assert_string_equal(hash_text, expected_hash);
    }
    free(buf);
    return outcome;
}

/* How to read a file: the sizes of reads on both sides, and who takes the armor off. */
struct way {
    size_t step, source_step;
    bool look_for_armor;
};

static enum outcome open_with(const struct vector *vector, const struct age_identities *identities,
                              const struct way *way)
{
    struct memory file = vector->file;
    struct age_armor *armor = NULL;
    struct age_unseal *unseal;
    struct reader in = memory_reader(&file);
    enum outcome outcome;

    file.step = way->source_step;
    if (vector->armored && !way->look_for_armor) {
        armor = age_armor_new(in);
        assert_non_null(armor);
        in = age_armor_reader(armor);
    }
    unseal = age_unseal_new(in, identities);
    outcome = unseal == NULL ? outcome_of_header()
                             : read_payload(age_unseal_reader(unseal), way->step, vector->payload);
    age_unseal_free(unseal);
    age_armor_free(armor);
    return outcome;
}

static void assert_outcome(const struct vector *vector, struct age_identities *identities,
                           const struct way *way)
{
    struct asker asker = {0};
    enum outcome outcome;
    size_t next = 0;

    do {
        if (vector->passphrase_count > 0) {
            asker.passphrase = vector->passphrases[next];
            identities->passphrase = (struct age_passphrase){.ask = ask, .self = &asker};
        }
        outcome = open_with(vector, identities, way);
    } while (outcome == NO_MATCH && ++next < vector->passphrase_count);

    /* What does not begin as armor does is none for those who look for it. */
    if (way->look_for_armor && vector->expect == ARMOR_FAILURE && outcome == HEADER_FAILURE)
        outcome = ARMOR_FAILURE;
    if (outcome != vector->expect)
        fail_msg("%s: %s, not %s: %s", vector->name, outcome_names[outcome],
                 outcome_names[vector->expect], error_text());
    if (outcome == HEADER_FAILURE)
        assert_int_equal(asker.asked, 0);
}

/* Returns whether all of the vector's identities were taken; the other ones must be named. */
static bool take_identities(const struct vector *vector, struct age_identities *list)
{
    bool all = true;

    for (size_t i = 0; i < vector->identity_count; i++) {
        if (strstr(vector->identities[i], "-PQ-") == NULL) {
            add_identity(list, vector->identities[i]);
            continue;
        }
        assert_null(age_identity_parse(vector->identities[i]));
        assert_true(error_begins(PQ_REASON));
        all = false;
    }
    return all;
}

static void vector_gives_the_outcome_it_states(void **state)
{
    static const struct way ways[] = {
        {.step = 100 * 1000, .source_step = 0},
        {.step = 1000, .source_step = 4099, .look_for_armor = true},
        {.step = 1, .source_step = 1},
        {.step = 65536, .source_step = 1, .look_for_armor = true},
    };
    struct vector *vector = *state;
    struct age_identities identities = {0};
    bool all;

    parse(vector);
    all = take_identities(vector, &identities);
    /* Whoever has another key gets nothing out of any. */
    if (identities.count == 0 && vector->passphrase_count == 0)
        add_identity(&identities, ALICE_SECRET);
    if (!all && vector->identity_count == 1) {
        enum outcome outcome = open_with(vector, &identities, &ways[0]);

        assert_true(outcome == NO_MATCH || outcome == HEADER_FAILURE);
    } else {
        for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
            assert_outcome(vector, &identities, &ways[i]);
    }
    counts[all ? vector->expect : REFUSED]++;
    age_identities_clear(&identities);
}

int main(void)
{
    static struct CMUnitTest tests[VECTORS];
    static char names[VECTORS][sizeof(vectors->name) + 64];
    int failed;

    if (load_all() < 0)
        return 1;
    for (size_t i = 0; i < VECTORS; i++) {
        snprintf(names[i], sizeof(names[i]), "vector_%.63s_gives_the_outcome_it_states",
                 vectors[i].name);
        tests[i] = (struct CMUnitTest){.name = names[i],
                                       .test_func = vector_gives_the_outcome_it_states,
                                       .initial_state = &vectors[i]};
    }
    failed = cmocka_run_group_tests_name("age_vectors", tests, NULL, NULL);
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        printf("# %3zu vectors: %s\n", counts[outcome], outcome_names[outcome]);
    for (size_t i = 0; i < vector_count; i++)
        free(vectors[i].text.data);
    return failed;
}
