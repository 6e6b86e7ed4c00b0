/*
 * How fast age/ seals and opens, beside libsodium's own ChaCha20-Poly1305 on the same machine,
 * which it can at best be equal to.
 *
 *     age_throughput [MIB [ROUNDS]]    default: 1024 MiB, 7 rounds
 *
 * Everything goes from memory to memory in one thread. In each round all the contenders run in
 * turn, so that a machine that slows down slows all of them; of the rounds the median counts.
 * What is measured is CPU time: others on the machine do not count. GB are 10^9 bytes of plaintext.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "age/identity.h"
#include "age/recipient.h"
#include "age/seal.h"
#include "age/unseal.h"
#include "base/error.h"

#define PIECE       ((size_t)64 * 1024)
#define TAG         ((size_t)crypto_aead_chacha20poly1305_ietf_ABYTES)
#define HEADER_ROOM 4096
#define ROUNDS_MAX  99
/* dump writes the archive in parts of about this size, and open reads it so. */
#define CALL    ((size_t)128 * 1024)
#define HEADERS 200

static unsigned char *plain, *sealed, *aged, *opened;
static size_t size, aged_len;
static struct age_recipients recipients;
static struct age_identities identities;

static void die(const char *what)
{
    fprintf(stderr, "age_throughput: %s: %s\n", what, error_text());
    exit(1);
}

/* A place in memory that is written or read. */
struct memory {
    unsigned char *at;
    size_t left;
};

static int put(void *self, const void *data, size_t len)
{
    struct memory *m = self;

    if (len > m->left)
        return error_set("no room");
    memcpy(m->at, data, len);
    m->at += len;
    m->left -= len;
    return 0;
}

static ssize_t get(void *self, void *buf, size_t len)
{
    struct memory *m = self;

    if (len > m->left)
        len = m->left;
    memcpy(buf, m->at, len);
    m->at += len;
    m->left -= len;
    return (ssize_t)len;
}

static const unsigned char key[crypto_aead_chacha20poly1305_ietf_KEYBYTES] = {1};

static void piece_nonce(unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES],
                        size_t number)
{
    memset(nonce, 0, crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
    memcpy(nonce, &number, sizeof(number));
}

static void libsodium_seals(void)
{
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

    for (size_t i = 0; i < size / PIECE; i++) {
        piece_nonce(nonce, i);
        crypto_aead_chacha20poly1305_ietf_encrypt(
            sealed + i * (PIECE + TAG), NULL, plain + i * PIECE, PIECE, NULL, 0, NULL, nonce, key);
    }
}

static void libsodium_opens(void)
{
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

    for (size_t i = 0; i < size / PIECE; i++) {
        piece_nonce(nonce, i);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(opened + i * PIECE, NULL, NULL,
                                                      sealed + i * (PIECE + TAG), PIECE + TAG, NULL,
                                                      0, nonce, key) != 0)
            die("libsodium");
    }
}

/* Which age/ does once a byte to and from its streams, beside libsodium's work. */
static void memory_copies(void)
{
    for (size_t i = 0; i < size / PIECE; i++)
        memcpy(opened + i * PIECE, plain + i * PIECE, PIECE);
}

static void seal_bytes(size_t len)
{
    struct memory to = {.at = aged, .left = size + (size / PIECE + 1) * TAG + HEADER_ROOM};
    struct age_seal *seal = age_seal_new(&recipients, (struct writer){.write = put, .self = &to});
    struct writer in;

    if (seal == NULL)
        die("sealing");
    in = age_seal_writer(seal);
    for (size_t at = 0; at < len; at += CALL)
        if (writer_put(&in, plain + at, len - at < CALL ? len - at : CALL) != 0)
            die("sealing");
    if (age_seal_finish(seal) != 0)
        die("sealing");
    age_seal_free(seal);
    aged_len = (size_t)(to.at - aged);
}

static void open_bytes(size_t len)
{
    struct memory from = {.at = aged, .left = aged_len};
    struct age_unseal *unseal =
        age_unseal_new((struct reader){.read = get, .self = &from}, &identities);
    struct reader out;
    size_t at = 0;
    unsigned char end;
    ssize_t n;

    if (unseal == NULL)
        die("opening");
    out = age_unseal_reader(unseal);
    while (at < len && (n = out.read(out.self, opened + at, len - at < CALL ? len - at : CALL)) > 0)
        at += (size_t)n;
    if (at != len || out.read(out.self, &end, 1) != 0)
        die("opening");
    age_unseal_free(unseal);
}

static void age_seals(void)
{
    seal_bytes(size);
}

static void age_opens(void)
{
    open_bytes(size);
}

static void age_seals_headers(void)
{
    for (int i = 0; i < HEADERS; i++)
        seal_bytes(0);
}

static void age_opens_headers(void)
{
    for (int i = 0; i < HEADERS; i++)
        open_bytes(0);
}

enum {
    COPIES,
    LIBSODIUM_SEALS,
    AGE_SEALS,
    LIBSODIUM_OPENS,
    AGE_OPENS,
    SEALS_HEADERS,
    OPENS_HEADERS,
    N
};

static const struct {
    const char *what;
    void (*run)(void);
} contenders[N] = {
    [COPIES] = {"memcpy", memory_copies},
    [LIBSODIUM_SEALS] = {"libsodium seals", libsodium_seals},
    [AGE_SEALS] = {"age/ seals", age_seals},
    [LIBSODIUM_OPENS] = {"libsodium opens", libsodium_opens},
    [AGE_OPENS] = {"age/ opens", age_opens},
    /* The second opens what the first has left. */
    [SEALS_HEADERS] = {"age/ seals a header", age_seals_headers},
    [OPENS_HEADERS] = {"age/ opens a header", age_opens_headers},
};

static double seconds_of(void (*run)(void))
{
    struct timespec begin, end;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    run();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof(*values), by_size);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Memory that the system has really given. */
static unsigned char *have(size_t len)
{
    unsigned char *memory = malloc(len);

    if (memory == NULL) {
        fprintf(stderr, "age_throughput: out of memory; give fewer MiB\n");
        exit(1);
    }
    memset(memory, 0xa5, len);
    return memory;
}

static void prepare(size_t mib)
{
    struct age_identity *identity;
    struct age_recipient recipient;

    size = mib << 20;
    plain = have(size);
    opened = have(size);
    sealed = have(size + size / PIECE * TAG);
    aged = have(size + (size / PIECE + 1) * TAG + HEADER_ROOM);
    identity = age_identity_generate();
    if (identity == NULL)
        die("making a key");
    randombytes_buf(plain, size < PIECE ? size : PIECE);
    age_identity_recipient(identity, &recipient);
    if (age_identities_add(&identities, identity) != 0 ||
        age_recipients_add(&recipients, &recipient) != 0)
        die("making a key");
}

static void report(double seconds[N][ROUNDS_MAX], int rounds)
{
    double rate[N];

    for (int c = 0; c < N; c++)
        rate[c] = (double)size / 1e9 / median(seconds[c], rounds);
    for (int c = COPIES; c <= AGE_OPENS; c++)
        printf("%-20s %6.3f GB/s\n", contenders[c].what, rate[c]);
    for (int c = SEALS_HEADERS; c <= OPENS_HEADERS; c++)
        printf("%-20s %6.0f us\n", contenders[c].what, median(seconds[c], rounds) / HEADERS * 1e6);
    printf("age/ to libsodium: sealing %.3f, opening %.3f\n",
           rate[AGE_SEALS] / rate[LIBSODIUM_SEALS], rate[AGE_OPENS] / rate[LIBSODIUM_OPENS]);
}

static int number(const char *text, int max)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end != '\0' || n < 1 || n > max) {
        fprintf(stderr, "usage: age_throughput [MIB [ROUNDS]]\n");
        exit(2);
    }
    return (int)n;
}

int main(int argc, char **argv)
{
    static double seconds[N][ROUNDS_MAX];
    const int mib = argc > 1 ? number(argv[1], 1 << 20) : 1024;
    const int rounds = argc > 2 ? number(argv[2], ROUNDS_MAX) : 7;

    prepare((size_t)mib);
    printf("%d MiB, medians of %d rounds, libsodium %s\n", mib, rounds, sodium_version_string());
    fflush(stdout);
    for (int round = 0; round < rounds; round++)
        for (int c = 0; c < N; c++)
            seconds[c][round] = seconds_of(contenders[c].run);
    if (memcmp(plain, opened, size) != 0) {
        fprintf(stderr, "age_throughput: what was opened is not what was sealed\n");
        return 1;
    }
    report(seconds, rounds);
    return 0;
}
