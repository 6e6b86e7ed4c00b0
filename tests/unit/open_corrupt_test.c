/*
 * `open` on drops that were truncated or altered: none may leave an archive behind. `verify` on
 * those that were altered.
 *
 * Each one is refused with one line of error, and neither the file nor its .partial is there. Under
 * a sanitizer, which makes this ten times slower, only a sample of the truncations is tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "age/init.h"
#include "age/piece.h"
#include "age/seal.h"
#include "age_memory.h"
#include "archive/writer.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "cmd/command.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SAMPLED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SAMPLED
#endif

#ifdef SAMPLED
#define EACH_BYTE  7
#define LATER_CUTS 100
#define LATER_BITS 200
#else
#define EACH_BYTE  1
#define LATER_CUTS 500
#define LATER_BITS 1000
#endif

#define EACH_BYTE_UNTIL (64 * 1024)
#define ROWS            10000
#define SEED            20261122

/* A drop on disk, as it was made and as a test has spoiled it. */
static struct {
    char folder[4096];
    char drop[4200];
    char identity[4200];
    char output[4200];
    char partial[4200];
    struct memory whole;
    size_t header; /* how long the age header is, up to the payload's nonce */
} here;

/* xorshift64: the same places in each run, on each machine. */
static uint64_t random_state;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static void seed_random(void)
{
    random_state = SEED;
    print_message("# seed %d\n", SEED);
}

static void write_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void put_rows(struct archive_writer *writer)
{
    static const unsigned char seed[randombytes_SEEDBYTES] = "rows";
    static unsigned char bytes[ROWS][32];

    randombytes_buf_deterministic(bytes, sizeof(bytes), seed);
    for (size_t i = 0; i < ROWS; i++) {
        char row[2 * sizeof(bytes[i]) + 1];

        sodium_bin2hex(row, sizeof(row), bytes[i], sizeof(bytes[i]));
        row[sizeof(row) - 1] = '\n';
        assert_int_equal(archive_writer_put(writer, row, sizeof(row)), 0);
    }
}

/* The preamble or the summary, as the buffer's text, which is freed. */
static void put_text(struct archive_writer *writer, int id, struct buf *text)
{
    assert_int_equal(archive_writer_put_text_block(writer, id, buf_text(text)), 0);
    buf_free(text);
}

static void put_blocks(struct archive_writer *writer, const struct archive_block *table)
{
    static char program[] = "dynodrop/test";
    const struct archive_preamble preamble = {.program = program};
    struct archive_summary summary = {0};
    struct buf text = {0};

    archive_writer_set_key(writer, preamble.key);
    assert_int_equal(archive_preamble_format(&preamble, &text), 0);
    put_text(writer, ARCHIVE_PREAMBLE_ID, &text);
    assert_int_equal(archive_writer_begin_block(writer, table), 0);
    put_rows(writer);
    archive_writer_add_rows(writer, ROWS);
    assert_int_equal(archive_writer_end_data(writer), 0);
    assert_int_equal(archive_summary_add(&summary, archive_writer_block_sum(writer)), 0);
    assert_int_equal(archive_summary_format(&summary, &text), 0);
    put_text(writer, ARCHIVE_SUMMARY_ID, &text);
    archive_summary_free(&summary);
}

/* One table, whose rows hardly compress. */
static void put_archive(struct writer out)
{
    static char database[] = "shop", version[] = "18.0";
    const struct archive_header header = {.minor = ARCHIVE_MINOR_NEWEST,
                                          .compression = ARCHIVE_ZSTD,
                                          .database = database,
                                          .server_version = version,
                                          .pg_dump_version = version};
    const struct archive_block block = {.kind = ARCHIVE_BLOCK_ROWS, .dump_id = 7};
    struct archive_writer *writer;
    struct toc toc = {0};
    struct toc_entry *entry = toc_append(&toc);

    assert_non_null(entry);
    entry->dump_id = block.dump_id;
    entry->had_dumper = true;
    entry->section = TOC_SECTION_DATA;
    entry->data_state = WIRE_OFFSET_UNKNOWN;
    entry->desc = strdup("TABLE DATA");
    entry->tag = strdup("orders");
    entry->schema = strdup("public");
    entry->copy_stmt = strdup("COPY public.orders (id) FROM stdin;\n");
    writer = archive_writer_new(out, &header, &toc, 3);
    assert_non_null(writer);
    put_blocks(writer, &block);
    assert_int_equal(archive_writer_finish(writer), 0);
    archive_writer_free(writer);
    toc_free(&toc);
}

static void make_drop(const struct age_recipient *recipient)
{
    struct age_recipients recipients = {0};
    struct age_seal *seal;

    assert_int_equal(age_recipients_add(&recipients, recipient), 0);
    seal = age_seal_new(&recipients, memory_writer(&here.whole));
    assert_non_null(seal);
    here.header = here.whole.len - AGE_PAYLOAD_NONCE_SIZE;
    put_archive(age_seal_writer(seal));
    assert_int_equal(age_seal_finish(seal), 0);
    age_seal_free(seal);
    age_recipients_clear(&recipients);
    assert_true(here.whole.len > 4 * AGE_SEALED_PIECE_SIZE);
    assert_int_equal(here.whole.data[here.header - 1], '\n');
}

/* In memory where there is a place for it: this opens tens of thousands of files. */
static void make_folder(void)
{
    const char *above = getenv("TMPDIR");

    if (access("/dev/shm", W_OK) == 0)
        above = "/dev/shm";
    snprintf(here.folder, sizeof(here.folder), "%s/open_corrupt.XXXXXX",
             above != NULL ? above : "/tmp");
    assert_non_null(mkdtemp(here.folder));
    umask(077); /* an identity that others can read would be warned of each time */
    snprintf(here.drop, sizeof(here.drop), "%s/drop", here.folder);
    snprintf(here.identity, sizeof(here.identity), "%s/key", here.folder);
    snprintf(here.output, sizeof(here.output), "%s/archive", here.folder);
    snprintf(here.partial, sizeof(here.partial), "%s/archive.partial", here.folder);
}

static int setup(void **state)
{
    struct age_identity *identity = age_identity_generate();
    char text[AGE_IDENTITY_TEXT_SIZE];
    struct age_recipient recipient;

    (void)state;
    assert_non_null(identity);
    make_folder();
    age_identity_format(identity, text);
    age_identity_recipient(identity, &recipient);
    age_identity_free(identity);
    write_file(here.identity, text, strlen(text));
    make_drop(&recipient);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(here.drop);
    unlink(here.identity);
    unlink(here.output);
    unlink(here.partial);
    free(here.whole.data);
    return rmdir(here.folder);
}

/* The whole drop on disk, to be spoiled, and nothing of a test that failed. Returns its
 * descriptor. */
static int fresh_drop(void)
{
    int fd;

    unlink(here.output);
    unlink(here.partial);
    write_file(here.drop, here.whole.data, here.whole.len);
    fd = open(here.drop, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

static int run_open(void)
{
    char command[] = "open", i[] = "-i", o[] = "-o";
    char *argv[] = {command, i, here.identity, o, here.output, here.drop, NULL};

    error_set("%s", "");
    optind = 0;
    return cmd_open(6, argv);
}

static int run_verify(void)
{
    char command[] = "verify", i[] = "-i";
    char *argv[] = {command, i, here.identity, here.drop, NULL};

    error_set("%s", "");
    optind = 0;
    return cmd_verify(4, argv);
}

/* `what` and `where` tell which drop it was, should it fail. */
static void assert_refused(const char *what, size_t where)
{
    int code = run_open();

    if (code != EXIT_FAILED)
        fail_msg("%s %zu: exit code %d", what, where, code);
    if (error_text()[0] == '\0' || strchr(error_text(), '\n') != NULL)
        fail_msg("%s %zu: the error is not one line: \"%s\"", what, where, error_text());
    if (access(here.output, F_OK) == 0 || access(here.partial, F_OK) == 0)
        fail_msg("%s %zu: a file is left behind", what, where);
}

static void truncate_and_assert_refused(int fd, size_t len)
{
    assert_int_equal(ftruncate(fd, (off_t)len), 0);
    assert_refused("truncated to", len);
}

/* With one bit flipped, which is put right again. */
static void flip_and_assert_refused(int fd, size_t bit)
{
    const unsigned char *good = here.whole.data + bit / 8;
    unsigned char bad = (unsigned char)(*good ^ (1u << bit % 8));

    assert_int_equal(pwrite(fd, &bad, 1, (off_t)(bit / 8)), 1);
    assert_refused("flipped bit", bit);
    if (run_verify() != EXIT_FAILED)
        fail_msg("bit %zu flipped, and verify has nothing against it", bit);
    assert_int_equal(pwrite(fd, good, 1, (off_t)(bit / 8)), 1);
}

static void the_whole_drop_opens_and_is_verified(void **state)
{
    struct stat st;

    (void)state;
    close(fresh_drop());
    if (run_open() != EXIT_DONE)
        fail_msg("%s", error_text());
    assert_int_equal(stat(here.output, &st), 0);
    assert_true(st.st_size > 4 * AGE_PIECE_SIZE);
    assert_int_equal(access(here.partial, F_OK), -1);
    assert_int_equal(unlink(here.output), 0);
    if (run_verify() != EXIT_DONE)
        fail_msg("%s", error_text());
}

static void a_drop_truncated_within_its_first_64_KiB_is_refused(void **state)
{
    int fd = fresh_drop();

    (void)state;
    /* Downwards, so that the file need not be written anew each time. */
    for (size_t len = EACH_BYTE_UNTIL; len > 0; len -= len < EACH_BYTE ? len : EACH_BYTE)
        truncate_and_assert_refused(fd, len);
    truncate_and_assert_refused(fd, 0);
    close(fd);
}

static int downwards(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x < y) - (x > y);
}

static void a_drop_truncated_further_on_is_refused(void **state)
{
    size_t cuts[LATER_CUTS];
    int fd = fresh_drop();

    (void)state;
    seed_random();
    for (size_t i = 0; i < LATER_CUTS; i++)
        cuts[i] = EACH_BYTE_UNTIL + random_below(here.whole.len - EACH_BYTE_UNTIL);
    qsort(cuts, LATER_CUTS, sizeof(cuts[0]), downwards);
    for (size_t i = 0; i < LATER_CUTS; i++)
        truncate_and_assert_refused(fd, cuts[i]);
    close(fd);
}

static void a_drop_truncated_where_a_piece_ends_is_refused(void **state)
{
    size_t payload = here.header + AGE_PAYLOAD_NONCE_SIZE;
    size_t pieces = (here.whole.len - payload) / AGE_SEALED_PIECE_SIZE;
    int fd = fresh_drop();

    (void)state;
    truncate_and_assert_refused(fd, here.whole.len - 1);
    for (size_t n = pieces + 1; n-- > 0;) {
        truncate_and_assert_refused(fd, payload + n * AGE_SEALED_PIECE_SIZE + 1);
        truncate_and_assert_refused(fd, payload + n * AGE_SEALED_PIECE_SIZE);
        truncate_and_assert_refused(fd, payload + n * AGE_SEALED_PIECE_SIZE - 1);
    }
    close(fd);
}

static void a_drop_with_something_behind_it_is_refused(void **state)
{
    int fd = fresh_drop();

    (void)state;
    assert_int_equal(pwrite(fd, "", 1, (off_t)here.whole.len), 1);
    assert_refused("one byte behind byte", here.whole.len);
    assert_int_equal(pwrite(fd, here.whole.data, here.whole.len, (off_t)here.whole.len),
                     here.whole.len);
    assert_refused("a drop behind byte", here.whole.len);
    close(fd);
}

static void a_drop_with_any_bit_of_its_header_flipped_is_refused(void **state)
{
    int fd = fresh_drop();

    (void)state;
    for (size_t bit = 0; bit < 8 * (here.header + AGE_PAYLOAD_NONCE_SIZE); bit++)
        flip_and_assert_refused(fd, bit);
    close(fd);
}

static void a_drop_with_a_later_bit_flipped_is_refused(void **state)
{
    size_t first = 8 * (here.header + AGE_PAYLOAD_NONCE_SIZE);
    int fd = fresh_drop();

    (void)state;
    seed_random();
    for (int i = 0; i < LATER_BITS; i++)
        flip_and_assert_refused(fd, first + random_below(8 * here.whole.len - first));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_drop_opens_and_is_verified),
        cmocka_unit_test(a_drop_truncated_within_its_first_64_KiB_is_refused),
        cmocka_unit_test(a_drop_truncated_further_on_is_refused),
        cmocka_unit_test(a_drop_truncated_where_a_piece_ends_is_refused),
        cmocka_unit_test(a_drop_with_something_behind_it_is_refused),
        cmocka_unit_test(a_drop_with_any_bit_of_its_header_flipped_is_refused),
        cmocka_unit_test(a_drop_with_a_later_bit_flipped_is_refused),
    };

    if (interrupt_init() != 0 || age_init() != 0)
        return 1;
    return cmocka_run_group_tests_name("opening spoiled drops", tests, setup, teardown);
}
