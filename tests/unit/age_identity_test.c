#include "age/identity.h"
#include "age_memory.h"
#include "base/error.h"

#include <stdio.h>

static void assert_public_key(const struct age_identity *identity, const char *expected)
{
    struct age_recipient recipient;
    char text[AGE_RECIPIENT_TEXT_SIZE];

    age_identity_recipient(identity, &recipient);
    age_recipient_format(&recipient, text);
    assert_string_equal(text, expected);
}

static void the_public_key_is_the_one_that_age_keygen_printed(void **state)
{
    struct age_identity *alice = age_identity_parse(ALICE_SECRET);
    struct age_identity *bob = age_identity_parse(BOB_SECRET);

    (void)state;
    assert_non_null(alice);
    assert_public_key(alice, ALICE_PUBLIC);
    assert_non_null(bob);
    assert_public_key(bob, BOB_PUBLIC);
    age_identity_free(alice);
    age_identity_free(bob);
}

static void a_generated_identity_is_new_and_reads_back(void **state)
{
    struct age_identity *one = age_identity_generate();
    struct age_identity *two = age_identity_generate();
    struct age_identity *again;
    struct age_recipient first, second;
    char text[AGE_IDENTITY_TEXT_SIZE];

    (void)state;
    assert_non_null(one);
    assert_non_null(two);
    age_identity_recipient(one, &first);
    age_identity_recipient(two, &second);
    assert_memory_not_equal(first.public_key, second.public_key, X25519_SIZE);

    age_identity_format(one, text);
    assert_int_equal(strlen(text) + 1, sizeof(text));
    again = age_identity_parse(text);
    assert_non_null(again);
    age_identity_recipient(again, &second);
    assert_memory_equal(first.public_key, second.public_key, X25519_SIZE);
    age_identity_free(one);
    age_identity_free(two);
    age_identity_free(again);
}

static void what_is_not_supported_is_named(void **state)
{
    static const struct {
        const char *text, *reason;
    } refused[] = {
        {"-----BEGIN OPENSSH PRIVATE KEY-----", "OpenSSH private key"},
        {"-----BEGIN RSA PRIVATE KEY-----", "PEM"},
        {"-----BEGIN AGE ENCRYPTED FILE-----", "a file of its own"},
        {"age-encryption.org/v1", "a file of its own"},
        {"AGE-PLUGIN-YUBIKEY-1QQQ", "plugin"},
        {"AGE-SECRET-KEY-PQ-1QQQ", "post-quantum"},
        {ALICE_PUBLIC, "public key"},
        {"ssh-ed25519 AAAA", "SSH public key"},
        {"hello", "malformed secret key"},
        {"AGE-SECRET-KEY-14F596VEEKC3XAGA0QRZ26W8KNP7SPM0EMP055PV7KKV0FMXLX77Q6L75HQ", "checksum"},
        {"age-secret-key-14f596veekc3xaga0qrz26w8knp7spm0emp055pv7kkv0fmxlx77q6l75hm", "malformed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        assert_null(age_identity_parse(refused[i].text));
        if (strstr(error_text(), refused[i].reason) == NULL)
            fail_msg("%s: %s", refused[i].text, error_text());
    }
}

static void a_key_that_is_not_32_bytes_long_is_refused(void **state)
{
    static const unsigned char bytes[X25519_SIZE + 1] = {1};
    char text[BECH32_SIZE(15, sizeof(bytes))];

    (void)state;
    bech32_encode(text, "AGE-SECRET-KEY-", bytes, X25519_SIZE - 1);
    assert_null(age_identity_parse(text));
    assert_string_equal(error_text(), "malformed secret key: it is too short");
    bech32_encode(text, "AGE-SECRET-KEY-", bytes, X25519_SIZE + 1);
    assert_null(age_identity_parse(text));
    assert_string_equal(error_text(), "malformed secret key: it is too long");
}

static void a_mistyped_secret_key_is_never_quoted(void **state)
{
    char text[] = ALICE_SECRET;

    (void)state;
    for (size_t i = 0; i < strlen(text); i++) {
        const char right = text[i];

        text[i] = '*';
        assert_null(age_identity_parse(text));
        assert_null(strstr(error_text(), "AGA0QRZ26"));
        assert_null(strstr(error_text(), "4F596VEE"));
        text[i] = right;
    }
}

static void a_file_may_hold_comments_blank_lines_crlf_and_several_keys(void **state)
{
    struct memory file = memory_of_text("# created: 2026-11-22T22:31:26Z\r\n"
                                        "# public key: " ALICE_PUBLIC "\r\n" ALICE_SECRET "\r\n"
                                        "\r\n" BOB_SECRET);
    struct age_identities list = {0};
    struct reader in = memory_reader(&file);

    (void)state;
    file.step = 7;
    assert_int_equal(age_identities_read(&list, &in, NULL), 0);
    assert_int_equal(list.count, 2);
    assert_public_key(list.items[0], ALICE_PUBLIC);
    assert_public_key(list.items[1], BOB_PUBLIC);
    age_identities_clear(&list);
    assert_int_equal(list.count, 0);
}

static void assert_file_refused(struct memory file, const char *reason)
{
    struct age_identities list = {0};
    struct reader in = memory_reader(&file);

    assert_int_equal(age_identities_read(&list, &in, NULL), -1);
    if (strstr(error_text(), reason) == NULL)
        fail_msg("%s", error_text());
    age_identities_clear(&list);
}

static void a_file_that_holds_no_identity_is_refused(void **state)
{
    static char large[100 * 1000];
    static char binary[] = ALICE_SECRET "\n\0" BOB_SECRET;

    (void)state;
    assert_file_refused(memory_of_text(""), "no identity");
    assert_file_refused(memory_of_text("# only this\n"), "no identity");
    assert_file_refused(memory_of_text(ALICE_SECRET "\n\nnonsense\n"), "line 3: malformed secret");
    assert_file_refused(memory_of_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n"),
                        "line 1: an OpenSSH private key");
    memset(large, '#', sizeof(large) - 1);
    assert_file_refused(memory_of_text(large), "larger than");
    assert_file_refused((struct memory){.data = (unsigned char *)binary, .len = sizeof(binary)},
                        "not text");
}

static ssize_t read_fails(void *self, void *buf, size_t len)
{
    struct memory *m = self;

    return m->at < m->len ? memory_read(m, buf, len) : error_set("the cable is cut");
}

static void the_readers_own_error_is_passed_on(void **state)
{
    struct age_identities list = {0};

    (void)state;
    for (size_t len = 0; len <= strlen(ALICE_SECRET); len++) {
        struct memory file = {.data = (unsigned char *)(uintptr_t)ALICE_SECRET, .len = len};
        struct reader in = {.read = read_fails, .self = &file};

        assert_int_equal(age_identities_read(&list, &in, NULL), -1);
        assert_string_equal(error_text(), "the cable is cut");
    }
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_public_key_is_the_one_that_age_keygen_printed),
        cmocka_unit_test(a_generated_identity_is_new_and_reads_back),
        cmocka_unit_test(what_is_not_supported_is_named),
        cmocka_unit_test(a_key_that_is_not_32_bytes_long_is_refused),
        cmocka_unit_test(a_mistyped_secret_key_is_never_quoted),
        cmocka_unit_test(a_file_may_hold_comments_blank_lines_crlf_and_several_keys),
        cmocka_unit_test(a_file_that_holds_no_identity_is_refused),
        cmocka_unit_test(the_readers_own_error_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
