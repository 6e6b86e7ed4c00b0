/* Sealing and unsealing together: what one makes, the other must take, and nothing else. */
#include "age/header.h"
#include "age/piece.h"
#include "age/seal.h"
#include "age/unseal.h"
#include "age_memory.h"
#include "base/error.h"

#include <stdio.h>

#include <sodium.h>

static struct age_identities alice, bob;

static int setup(void **state)
{
    (void)state;
    add_identity(&alice, ALICE_SECRET);
    add_identity(&bob, BOB_SECRET);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    age_identities_clear(&alice);
    age_identities_clear(&bob);
    return 0;
}

/* Text that differs from piece to piece. The caller frees it. */
static struct memory make_plain(size_t len)
{
    static const unsigned char seed[randombytes_SEEDBYTES] = "dynodrop";
    struct memory plain = {.data = malloc(len + 1), .len = len};

    assert_non_null(plain.data);
    randombytes_buf_deterministic(plain.data, len, seed);
    return plain;
}

/* Seals to the recipients, with writes of `step` bytes. The caller frees the memory. */
static struct memory seal(const struct memory *plain, const char *recipients, size_t step)
{
    struct age_recipients set = {0};
    struct memory file = {0};
    struct age_seal *sealing;
    struct writer writer;

    add_recipient(&set, recipients);
    sealing = age_seal_new(&set, memory_writer(&file));
    assert_non_null(sealing);
    age_recipients_clear(&set);
    writer = age_seal_writer(sealing);
    for (size_t at = 0; at < plain->len; at += step) {
        size_t len = plain->len - at < step ? plain->len - at : step;

        assert_int_equal(writer_put(&writer, plain->data + at, len), 0);
    }
    assert_int_equal(age_seal_finish(sealing), 0);
    age_seal_free(sealing);
    return file;
}

/*
 * Unseals with reads of `step` bytes. What comes out must be a beginning of plain. Returns 0 if it
 * is all of it and the end was told, or -1 if the file was refused, with the error set.
 */
static int unseal(struct memory file, const struct age_identities *identities,
                  const struct memory *plain, size_t step)
{
    struct age_unseal *unsealing;
    unsigned char *buf;
    struct reader reader;
    size_t at = 0;
    ssize_t got;

    file.at = 0;
    unsealing = age_unseal_new(memory_reader(&file), identities);
    if (unsealing == NULL)
        return -1;
    buf = malloc(step);
    assert_non_null(buf);
    reader = age_unseal_reader(unsealing);
    while ((got = reader.read(reader.self, buf, step)) > 0) {
        assert_true((size_t)got <= step && (size_t)got <= plain->len - at);
        assert_memory_equal(buf, plain->data + at, (size_t)got);
        at += (size_t)got;
    }
    free(buf);
    age_unseal_free(unsealing);
    if (got == 0)
        assert_int_equal(at, plain->len);
    return (int)got;
}

static void assert_refused(struct memory file, const struct memory *plain, const char *reason)
{
    assert_int_equal(unseal(file, &alice, plain, 100000), -1);
    if (strstr(error_text(), reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error_text(), reason);
}

static size_t header_len(struct memory file)
{
    struct reader in = memory_reader(&file);
    struct age_header *header = age_header_read(&in);
    size_t len;

    assert_non_null(header);
    len = header->len;
    age_header_free(header);
    return len;
}

/* Where a piece of the file begins, counted from 0. */
static size_t piece_start(struct memory file, size_t index)
{
    return header_len(file) + AGE_PAYLOAD_NONCE_SIZE + index * AGE_SEALED_PIECE_SIZE;
}

static void plaintext_of_any_length_comes_back_whatever_the_sizes_of_writes_and_reads(void **state)
{
    static const size_t lengths[] = {0,     1,      1000,   65535,  65536,
                                     65537, 131071, 131072, 131073, 300000};
    static const size_t steps[] = {1000, 65535, 65536, 65537, 70000, 131072, 400000};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        struct memory plain = make_plain(lengths[i]);

        for (size_t w = 0; w < sizeof(steps) / sizeof(*steps); w++) {
            struct memory file = seal(&plain, ALICE_PUBLIC, steps[w]);
            size_t pieces = lengths[i] == 0 ? 1 : (lengths[i] + 65535) / 65536;

            assert_int_equal(file.len, piece_start(file, 0) + lengths[i] + 16 * pieces);
            for (size_t r = 0; r < sizeof(steps) / sizeof(*steps); r++) {
                file.step = r % 2 == 0 ? 0 : 4099;
                assert_int_equal(unseal(file, &alice, &plain, steps[r]), 0);
            }
            free(file.data);
        }
        free(plain.data);
    }
}

static void each_of_several_recipients_can_open_it_and_nobody_else(void **state)
{
    struct memory plain = make_plain(100);
    struct memory both = seal(&plain, BOB_PUBLIC " " ALICE_PUBLIC, 100);
    struct memory only_bob = seal(&plain, BOB_PUBLIC, 100);
    struct age_identities two = {0};
    const struct age_identities none = {0};

    (void)state;
    add_identity(&two, ALICE_SECRET);
    add_identity(&two, BOB_SECRET);
    assert_int_equal(unseal(both, &alice, &plain, 100), 0);
    assert_int_equal(unseal(both, &bob, &plain, 100), 0);
    assert_int_equal(unseal(only_bob, &two, &plain, 100), 0);
    assert_int_equal(unseal(only_bob, &alice, &plain, 100), -1);
    assert_string_equal(error_text(), "none of the identities can open this drop: it is encrypted "
                                      "to 1 recipient (X25519)");
    assert_int_equal(unseal(both, &none, &plain, 100), -1);
    age_identities_clear(&two);
    free(plain.data);
    free(both.data);
    free(only_bob.data);
}

static void the_same_plaintext_never_gives_the_same_file(void **state)
{
    struct memory plain = make_plain(64);
    struct memory one = seal(&plain, ALICE_PUBLIC, 64);
    struct memory two = seal(&plain, ALICE_PUBLIC, 64);

    (void)state;
    assert_int_equal(one.len, two.len);
    assert_memory_not_equal(one.data + one.len - 80, two.data + two.len - 80, 64);
    free(plain.data);
    free(one.data);
    free(two.data);
}

static void a_file_that_age_made_opens(void **state)
{
    /* printf dynodrop | age -r ALICE_PUBLIC, with age 1.1.1 */
    static const char text[] = "age-encryption.org/v1\n"
                               "-> X25519 Ak1yvv65jnvqy7eoLcZuhIa2uElwe/1rVS+z2NyqqD8\n"
                               "Z3pGslMSnJHLqpn4MWfcfzQG7m8ALeXdEkM6Tam2KlE\n"
                               "--- Vgf4hk248d/3o/XuoEXyt+E9F6YKMOSFXz9j3UoK7Lw\n";
    static const unsigned char payload[] = {
        0xe3, 0x41, 0x43, 0x80, 0xb8, 0xb9, 0xaf, 0x59, 0x81, 0x30, 0x70, 0x40, 0x5b, 0xc4,
        0xbd, 0xcd, 0x9c, 0x54, 0x70, 0x6b, 0x0a, 0xcd, 0xe6, 0xf4, 0x72, 0xb7, 0x0c, 0x5a,
        0x1d, 0xa3, 0x70, 0x86, 0x70, 0x4b, 0xaf, 0xe3, 0x08, 0x88, 0xc1, 0x26};
    struct memory plain = memory_of_text("dynodrop");
    struct memory file = {0};

    (void)state;
    memory_write(&file, text, strlen(text));
    memory_write(&file, payload, sizeof(payload));
    assert_int_equal(unseal(file, &alice, &plain, 100), 0);
    free(file.data);
}

static void a_small_file_cut_off_at_any_byte_is_refused(void **state)
{
    struct memory plain = make_plain(50);
    struct memory file = seal(&plain, ALICE_PUBLIC, 50);

    (void)state;
    for (file.len--; file.len > 0; file.len--)
        assert_refused(file, &plain, "truncated");
    assert_refused(file, &plain, "empty");
    free(plain.data);
    free(file.data);
}

static void a_large_file_cut_off_near_the_border_of_a_piece_is_refused(void **state)
{
    struct memory plain = make_plain(3 * AGE_PIECE_SIZE);
    struct memory whole = seal(&plain, ALICE_PUBLIC, plain.len);

    (void)state;
    for (size_t index = 0; index < 3; index++) {
        for (size_t around = 0; around <= 40; around++) {
            struct memory file = whole;

            file.len = piece_start(whole, index) - 20 + around;
            assert_refused(file, &plain, "truncated");
        }
    }
    whole.len = piece_start(whole, 2);
    assert_refused(whole, &plain, "it ends behind piece 2 (byte 131");
    free(plain.data);
    free(whole.data);
}

static void a_seal_that_was_not_finished_makes_a_truncated_file(void **state)
{
    struct memory plain = make_plain(2 * AGE_PIECE_SIZE);
    struct age_recipients set = {0};
    struct memory file = {0};
    struct age_seal *sealing;
    struct writer writer;

    (void)state;
    add_recipient(&set, ALICE_PUBLIC);
    sealing = age_seal_new(&set, memory_writer(&file));
    assert_non_null(sealing);
    writer = age_seal_writer(sealing);
    assert_int_equal(writer_put(&writer, plain.data, plain.len), 0);
    age_seal_free(sealing);
    age_recipients_clear(&set);
    assert_refused(file, &plain, "truncated");
    free(plain.data);
    free(file.data);
}

static void a_flip_of_any_bit_of_a_small_file_is_noticed(void **state)
{
    struct memory plain = make_plain(50);
    struct memory file = seal(&plain, ALICE_PUBLIC " " BOB_PUBLIC, 50);

    (void)state;
    for (size_t bit = 0; bit < 8 * file.len; bit++) {
        file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(unseal(file, &alice, &plain, 100), -1);
        file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_int_equal(unseal(file, &alice, &plain, 100), 0);
    free(plain.data);
    free(file.data);
}

static void a_flipped_bit_in_a_large_file_is_found_near_its_place(void **state)
{
    struct memory plain = make_plain(3 * AGE_PIECE_SIZE);
    struct memory file = seal(&plain, ALICE_PUBLIC, plain.len);
    size_t start = piece_start(file, 1);
    char expected[64];

    (void)state;
    file.data[start + 1000] ^= 1;
    snprintf(expected, sizeof(expected), "damaged near byte %zu: piece 2", start);
    assert_refused(file, &plain, expected);
    free(plain.data);
    free(file.data);
}

static void pieces_that_changed_places_are_refused(void **state)
{
    struct memory plain = make_plain(3 * AGE_PIECE_SIZE);
    struct memory file = seal(&plain, ALICE_PUBLIC, plain.len);
    unsigned char *first = file.data + piece_start(file, 0);
    unsigned char *second = file.data + piece_start(file, 1);

    (void)state;
    for (size_t i = 0; i < AGE_SEALED_PIECE_SIZE; i++) {
        unsigned char byte = first[i];

        first[i] = second[i];
        second[i] = byte;
    }
    assert_refused(file, &plain, "altered");
    free(plain.data);
    free(file.data);
}

static void a_piece_that_was_left_out_is_noticed(void **state)
{
    struct memory plain = make_plain(3 * AGE_PIECE_SIZE);
    struct memory file = seal(&plain, ALICE_PUBLIC, plain.len);

    (void)state;
    memmove(file.data + piece_start(file, 1), file.data + piece_start(file, 2),
            AGE_SEALED_PIECE_SIZE);
    file.len -= AGE_SEALED_PIECE_SIZE;
    assert_refused(file, &plain, "altered or damaged near byte");
    free(plain.data);
    free(file.data);
}

static void anything_behind_the_end_is_refused(void **state)
{
    struct memory shorter = make_plain(100);
    struct memory full = make_plain(AGE_PIECE_SIZE);
    struct memory file = seal(&shorter, ALICE_PUBLIC, 100);

    (void)state;
    memory_write(&file, "x", 1);
    assert_refused(file, &shorter, "altered");
    free(file.data);

    file = seal(&full, ALICE_PUBLIC, full.len);
    memory_write(&file, "x", 1);
    assert_refused(file, &full, "followed by other data");
    free(file.data);
    free(shorter.data);
    free(full.data);
}

static void two_files_one_behind_the_other_are_refused(void **state)
{
    struct memory plain = make_plain(AGE_PIECE_SIZE);
    struct memory file = seal(&plain, ALICE_PUBLIC, plain.len);
    struct memory second = seal(&plain, ALICE_PUBLIC, plain.len);

    (void)state;
    memory_write(&file, second.data, second.len);
    assert_refused(file, &plain, "followed by other data");
    free(plain.data);
    free(file.data);
    free(second.data);
}

/* What no age program writes: a full piece, and behind it an empty one that is the last. */
static void an_empty_last_piece_is_refused(void **state)
{
    static const unsigned char file_key[AGE_FILE_KEY_SIZE] = "YELLOW SUBMARIN";
    static const unsigned char nonce[AGE_PAYLOAD_NONCE_SIZE] = "nonce";
    struct memory plain = make_plain(AGE_PIECE_SIZE);
    unsigned char *sealed = malloc(AGE_SEALED_PIECE_SIZE);
    struct memory file = {0};
    struct writer out = memory_writer(&file);
    struct age_recipient recipient;
    struct age_piece_key key;
    struct age_stanza stanza;

    (void)state;
    assert_non_null(sealed);
    age_identity_recipient(alice.items[0], &recipient);
    assert_int_equal(age_recipient_wrap(&recipient, &stanza, file_key), 0);
    assert_int_equal(age_header_write(&out, &stanza, 1, file_key), 0);
    age_stanza_clear(&stanza);
    memory_write(&file, nonce, sizeof(nonce));
    age_piece_key_derive(&key, file_key, nonce);
    age_piece_seal(&key, 0, false, plain.data, AGE_PIECE_SIZE, sealed);
    memory_write(&file, sealed, AGE_SEALED_PIECE_SIZE);
    age_piece_seal(&key, 1, true, plain.data, 0, sealed);
    memory_write(&file, sealed, AGE_PIECE_TAG_SIZE);
    assert_refused(file, &plain, "last piece is empty");
    free(file.data);
    free(sealed);
    free(plain.data);
}

static int write_fails(void *self, const void *buf, size_t len)
{
    (void)self;
    (void)buf;
    (void)len;
    return error_set("the disk is full");
}

static void the_writers_own_error_is_passed_on(void **state)
{
    struct age_recipients set = {0};

    (void)state;
    add_recipient(&set, ALICE_PUBLIC);
    assert_null(age_seal_new(&set, (struct writer){.write = write_fails}));
    assert_string_equal(error_text(), "the disk is full");
    age_recipients_clear(&set);
    assert_null(age_seal_new(&set, (struct writer){.write = write_fails}));
    assert_non_null(strstr(error_text(), "no recipient"));
}

/* Takes as many bytes as *self says. */
static int write_until_full(void *self, const void *buf, size_t len)
{
    size_t *room = self;

    if (len > *room)
        return write_fails(NULL, buf, len);
    *room -= len;
    return 0;
}

static void a_disk_that_fills_up_at_any_piece_is_told(void **state)
{
    static const size_t steps[] = {1000, AGE_PIECE_SIZE, 3 * AGE_PIECE_SIZE};
    struct memory plain = make_plain(3 * AGE_PIECE_SIZE);
    struct memory file = seal(&plain, ALICE_PUBLIC, plain.len);
    struct age_recipients set = {0};

    (void)state;
    add_recipient(&set, ALICE_PUBLIC);
    for (size_t piece = 0; piece < 3; piece++) {
        for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
            size_t room = piece_start(file, piece + 1) - 1;
            struct age_seal *sealing =
                age_seal_new(&set, (struct writer){.write = write_until_full, .self = &room});
            struct writer out;
            int result = 0;

            assert_non_null(sealing);
            out = age_seal_writer(sealing);
            for (size_t at = 0; at < plain.len && result == 0; at += steps[i])
                result = writer_put(&out, plain.data + at,
                                    plain.len - at < steps[i] ? plain.len - at : steps[i]);
            /* The last piece is held back until it is known to be the last. */
            assert_int_equal(result, piece < 2 ? -1 : 0);
            if (result == 0)
                assert_int_equal(age_seal_finish(sealing), -1);
            assert_string_equal(error_text(), "the disk is full");
            age_seal_free(sealing);
        }
    }
    age_recipients_clear(&set);
    free(plain.data);
    free(file.data);
}

static void a_recipient_nobody_could_have_the_key_of_is_refused(void **state)
{
    struct age_recipient weak = {.kind = AGE_RECIPIENT_X25519}, unknown = {.kind = 99};
    struct age_recipients set = {0};
    struct memory file = {0};

    (void)state;
    assert_int_equal(age_recipients_add(&set, &weak), 0);
    assert_null(age_seal_new(&set, memory_writer(&file)));
    assert_string_equal(error_text(), "the recipient's public key is a weak point of the curve");
    age_recipients_clear(&set);
    assert_int_equal(age_recipients_add(&set, &unknown), 0);
    assert_null(age_seal_new(&set, memory_writer(&file)));
    assert_string_equal(error_text(), "a recipient of an unknown kind");
    age_recipients_clear(&set);
    assert_int_equal(file.len, 0);
}

static ssize_t read_fails(void *self, void *buf, size_t len)
{
    struct memory *m = self;

    return m->at < m->len ? memory_read(m, buf, len) : error_set("the cable is cut");
}

static void the_readers_own_error_is_passed_on(void **state)
{
    struct memory plain = make_plain(2 * AGE_PIECE_SIZE);
    struct memory file = seal(&plain, ALICE_PUBLIC, plain.len);
    const size_t border = piece_start(file, 1);
    unsigned char *buf = malloc(plain.len);
    struct reader reader;

    (void)state;
    assert_non_null(buf);
    for (file.len = 0; file.len < border; file.len++) {
        struct age_unseal *unsealing;

        file.at = 0;
        unsealing = age_unseal_new((struct reader){.read = read_fails, .self = &file}, &alice);
        if (unsealing != NULL) {
            reader = age_unseal_reader(unsealing);
            assert_int_equal(reader_fill(&reader, buf, plain.len), -1);
            file.len += 5000;
        }
        assert_string_equal(error_text(), "the cable is cut");
        age_unseal_free(unsealing);
    }
    free(plain.data);
    free(file.data);
    free(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plaintext_of_any_length_comes_back_whatever_the_sizes_of_writes_and_reads),
        cmocka_unit_test(each_of_several_recipients_can_open_it_and_nobody_else),
        cmocka_unit_test(the_same_plaintext_never_gives_the_same_file),
        cmocka_unit_test(a_file_that_age_made_opens),
        cmocka_unit_test(a_small_file_cut_off_at_any_byte_is_refused),
        cmocka_unit_test(a_large_file_cut_off_near_the_border_of_a_piece_is_refused),
        cmocka_unit_test(a_seal_that_was_not_finished_makes_a_truncated_file),
        cmocka_unit_test(a_flip_of_any_bit_of_a_small_file_is_noticed),
        cmocka_unit_test(a_flipped_bit_in_a_large_file_is_found_near_its_place),
        cmocka_unit_test(pieces_that_changed_places_are_refused),
        cmocka_unit_test(a_piece_that_was_left_out_is_noticed),
        cmocka_unit_test(anything_behind_the_end_is_refused),
        cmocka_unit_test(two_files_one_behind_the_other_are_refused),
        cmocka_unit_test(an_empty_last_piece_is_refused),
        cmocka_unit_test(the_writers_own_error_is_passed_on),
        cmocka_unit_test(a_disk_that_fills_up_at_any_piece_is_told),
        cmocka_unit_test(a_recipient_nobody_could_have_the_key_of_is_refused),
        cmocka_unit_test(the_readers_own_error_is_passed_on),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
