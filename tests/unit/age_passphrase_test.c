/* Passphrases in place of recipients and identities, and identity files that have one. */
#include "age/passphrase.h"
#include "age/seal.h"
#include "age/unseal.h"
#include "age_memory.h"
#include "base/error.h"

#include <sodium.h>

#define PASSPHRASE "correct horse battery staple"
#define TEXT       "# created: today\n" ALICE_SECRET "\n" BOB_SECRET "\n"

/* An identity file with a passphrase, and the same encrypted to Alice. */
static struct memory locked, for_alice;

struct asker {
    const char *passphrase; /* NULL: there is none to be had */
    int asked;
};

static int ask(void *self, char text[AGE_PASSPHRASE_SIZE])
{
    struct asker *asker = self;

    asker->asked++;
    if (asker->passphrase == NULL)
        return error_set("there is no terminal");
    strcpy(text, asker->passphrase);
    return 0;
}

static int setup(void **state)
{
    struct age_recipients passphrase = {0}, alice = {0};

    (void)state;
    assert_int_equal(age_recipients_set_passphrase(&passphrase, "another"), 0);
    assert_int_equal(age_recipients_set_passphrase(&passphrase, PASSPHRASE), 0);
    assert_int_equal(age_seal_all(&passphrase, TEXT, strlen(TEXT), memory_writer(&locked)), 0);
    add_recipient(&alice, ALICE_PUBLIC);
    assert_int_equal(age_seal_all(&alice, TEXT, strlen(TEXT), memory_writer(&for_alice)), 0);
    age_recipients_clear(&passphrase);
    age_recipients_clear(&alice);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(locked.data);
    free(for_alice.data);
    return 0;
}

/* The same file in ASCII armor; the caller frees it. */
static struct memory armored(struct memory file)
{
    struct memory text = {0};
    char line[65];

    memory_write(&text, "-----BEGIN AGE ENCRYPTED FILE-----\n", 35);
    for (size_t at = 0; at < file.len; at += 48) {
        size_t len = file.len - at < 48 ? file.len - at : 48;

        sodium_bin2base64(line, sizeof(line), file.data + at, len, sodium_base64_VARIANT_ORIGINAL);
        memory_write(&text, line, strlen(line));
        memory_write(&text, "\n", 1);
    }
    memory_write(&text, "-----END AGE ENCRYPTED FILE-----\n", 33);
    return text;
}

/* Reads an identity file. Returns how many identities there are in it, or -1. */
static int read_identities(struct memory file, struct asker *asker)
{
    const struct age_passphrase source = {.ask = ask, .self = asker};
    struct age_identities list = {0};
    struct reader in = memory_reader(&file);
    int count = age_identities_read(&list, &in, asker == NULL ? NULL : &source);

    if (count == 0)
        count = (int)list.count;
    age_identities_clear(&list);
    return count;
}

/* Opens a file with a passphrase. Returns 0, or -1. */
static int open_file(struct memory file, struct asker *asker)
{
    const struct age_identities list = {.passphrase = {.ask = ask, .self = asker}};
    struct age_unseal *unseal = age_unseal_new(memory_reader(&file), &list);
    struct reader in;
    char text[1000];

    if (unseal == NULL)
        return -1;
    in = age_unseal_reader(unseal);
    assert_int_equal(reader_fill(&in, text, sizeof(text)), strlen(TEXT));
    assert_memory_equal(text, TEXT, strlen(TEXT));
    age_unseal_free(unseal);
    return 0;
}

static void assert_says(const char *reason)
{
    if (strstr(error_text(), reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error_text(), reason);
}

static void a_file_with_a_passphrase_opens_with_it_and_no_other(void **state)
{
    struct asker right = {.passphrase = PASSPHRASE};
    struct asker wrong = {.passphrase = PASSPHRASE "s"};

    (void)state;
    assert_int_equal(open_file(locked, &right), 0);
    assert_int_equal(right.asked, 1);
    assert_int_equal(open_file(locked, &wrong), -1);
    assert_string_equal(error_text(), "the passphrase is wrong");
}

static void a_changed_header_is_found_out_with_the_right_passphrase(void **state)
{
    struct asker right = {.passphrase = PASSPHRASE};
    struct memory file = {0};
    char *mac;

    (void)state;
    memory_write(&file, locked.data, locked.len);
    mac = strstr((char *)file.data, "\n--- ");
    assert_non_null(mac);
    mac[5] = mac[5] == 'A' ? 'B' : 'A';
    assert_int_equal(open_file(file, &right), -1);
    assert_says("header's MAC is wrong");
    free(file.data);
}

static void nobody_is_asked_for_a_passphrase_in_vain(void **state)
{
    struct asker asker = {.passphrase = PASSPHRASE};
    struct memory file = {0};
    char *factor;

    (void)state;
    assert_int_equal(open_file(for_alice, &asker), -1);
    assert_string_equal(error_text(),
                        "there is no key to open it with: it is encrypted to 1 recipient (X25519)");
    memory_write(&file, locked.data, locked.len);
    factor = strstr((char *)file.data, " 18\n");
    assert_non_null(factor);
    memcpy(factor, " 23", 3);
    assert_int_equal(open_file(file, &asker), -1);
    assert_says("work factor of the passphrase is 23");
    assert_int_equal(read_identities(memory_of_text(TEXT), &asker), 2);
    assert_int_equal(asker.asked, 0);
    free(file.data);
}

static void without_anyone_to_ask_a_file_with_a_passphrase_stays_shut(void **state)
{
    const struct age_identities none = {0};
    struct age_identities alice = {0};
    struct memory file = locked;

    (void)state;
    assert_null(age_unseal_new(memory_reader(&file), &none));
    assert_string_equal(error_text(),
                        "there is no key to open it with: it is encrypted with a passphrase");
    add_identity(&alice, ALICE_SECRET);
    file = locked;
    assert_null(age_unseal_new(memory_reader(&file), &alice));
    assert_says("none of the identities can open this drop: it is encrypted with a passphrase");
    age_identities_clear(&alice);
}

static void an_identity_file_may_have_a_passphrase_armored_or_not(void **state)
{
    struct memory text = armored(locked);
    struct asker right = {.passphrase = PASSPHRASE};

    (void)state;
    assert_int_equal(read_identities(locked, &right), 2);
    assert_int_equal(read_identities(text, &right), 2);
    assert_int_equal(right.asked, 2);
    text.len -= strlen("-----END AGE ENCRYPTED FILE-----\n");
    assert_int_equal(read_identities(text, &right), -1);
    assert_says("malformed ASCII armor: it is truncated");
    free(text.data);
}

static void an_identity_file_that_cannot_be_opened_says_why(void **state)
{
    struct asker wrong = {.passphrase = "wrong"}, nobody = {0}, empty = {.passphrase = ""};
    struct asker right = {.passphrase = PASSPHRASE};
    struct memory cut = locked;

    (void)state;
    assert_int_equal(read_identities(locked, &wrong), -1);
    assert_string_equal(error_text(), "the passphrase is wrong");
    assert_int_equal(read_identities(locked, &nobody), -1);
    assert_string_equal(error_text(), "there is no terminal");
    assert_int_equal(read_identities(locked, &empty), -1);
    assert_string_equal(error_text(), "the passphrase is empty");
    assert_int_equal(read_identities(locked, NULL), -1);
    assert_says("there is no key to open it with: it is encrypted with a passphrase");
    assert_int_equal(read_identities(for_alice, &right), -1);
    assert_says("there is no key to open it with: it is encrypted to 1 recipient (X25519)");
    cut.len--;
    assert_int_equal(read_identities(cut, &right), -1);
    assert_says("truncated");
}

static void armor_within_armor_is_refused(void **state)
{
    struct memory once = armored(locked);
    struct memory twice = armored(once);
    struct asker right = {.passphrase = PASSPHRASE};

    (void)state;
    assert_int_equal(open_file(once, &right), 0);
    assert_int_equal(open_file(twice, &right), -1);
    assert_says("not a binary age file: it is ASCII-armored");
    assert_int_equal(read_identities(twice, &right), -1);
    free(once.data);
    free(twice.data);
}

static void a_passphrase_and_recipients_exclude_each_other(void **state)
{
    struct age_recipients set = {0};
    struct age_recipient bob;

    (void)state;
    assert_int_equal(age_recipient_parse(&bob, BOB_PUBLIC), 0);
    assert_int_equal(age_recipients_set_passphrase(&set, PASSPHRASE), 0);
    assert_int_equal(age_recipients_add(&set, &bob), -1);
    assert_says("either with a passphrase or to recipients");
    assert_int_equal(set.count, 0);
    age_recipients_clear(&set);
    assert_null(set.passphrase);

    assert_int_equal(age_recipients_add(&set, &bob), 0);
    assert_int_equal(age_recipients_set_passphrase(&set, PASSPHRASE), -1);
    assert_says("either with a passphrase or to recipients");
    assert_null(set.passphrase);
    age_recipients_clear(&set);
}

static void a_passphrase_is_neither_empty_nor_endless(void **state)
{
    struct age_recipients set = {0};
    char text[AGE_PASSPHRASE_SIZE + 1];

    (void)state;
    assert_int_equal(age_recipients_set_passphrase(&set, ""), -1);
    assert_says("the passphrase is empty");
    memset(text, 'x', sizeof(text));
    text[AGE_PASSPHRASE_SIZE] = '\0';
    assert_int_equal(age_recipients_set_passphrase(&set, text), -1);
    assert_says("the passphrase is longer than 1023 bytes");
    text[AGE_PASSPHRASE_SIZE - 1] = '\0';
    assert_int_equal(age_recipients_set_passphrase(&set, text), 0);
    assert_string_equal(set.passphrase, text);
    age_recipients_clear(&set);
}

static int write_fails(void *self, const void *buf, size_t len)
{
    size_t *room = self;

    (void)buf;
    if (len > *room)
        return error_set("the disk is full");
    *room -= len;
    return 0;
}

static void the_writers_own_error_is_passed_on(void **state)
{
    struct age_recipients set = {0};
    struct writer out = {.write = write_fails};
    /* Nothing fits; the header and the nonce; all but the last byte. */
    size_t rooms[] = {0, for_alice.len - strlen(TEXT) - 16, for_alice.len - 1};

    (void)state;
    add_recipient(&set, ALICE_PUBLIC);
    for (size_t i = 0; i < sizeof(rooms) / sizeof(*rooms); i++) {
        out.self = &rooms[i];
        assert_int_equal(age_seal_all(&set, TEXT, strlen(TEXT), out), -1);
        assert_string_equal(error_text(), "the disk is full");
    }
    age_recipients_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_with_a_passphrase_opens_with_it_and_no_other),
        cmocka_unit_test(a_changed_header_is_found_out_with_the_right_passphrase),
        cmocka_unit_test(nobody_is_asked_for_a_passphrase_in_vain),
        cmocka_unit_test(without_anyone_to_ask_a_file_with_a_passphrase_stays_shut),
        cmocka_unit_test(an_identity_file_may_have_a_passphrase_armored_or_not),
        cmocka_unit_test(an_identity_file_that_cannot_be_opened_says_why),
        cmocka_unit_test(armor_within_armor_is_refused),
        cmocka_unit_test(a_passphrase_and_recipients_exclude_each_other),
        cmocka_unit_test(a_passphrase_is_neither_empty_nor_endless),
        cmocka_unit_test(the_writers_own_error_is_passed_on),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
