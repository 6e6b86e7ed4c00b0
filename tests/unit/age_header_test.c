#include "age/header.h"
#include "age/x25519.h"
#include "age_memory.h"
#include "base/error.h"

#include <stdio.h>

#define VERSION "age-encryption.org/v1\n"
#define SHARE   "TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc"
#define BODY    "EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U"
#define STANZA  "-> X25519 " SHARE "\n" BODY "\n"
#define MAC     "Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0"
#define END     "--- " MAC "\n"
#define LINE_64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const unsigned char file_key[AGE_FILE_KEY_SIZE] = "YELLOW SUBMARIN";

static struct age_header *read_text(const char *text)
{
    struct memory file = memory_of_text(text);
    struct reader in = memory_reader(&file);

    return age_header_read(&in);
}

static void reading_takes_no_byte_of_the_payload(void **state)
{
    struct memory file = memory_of_text(VERSION STANZA END "payload");
    struct reader in = memory_reader(&file);
    struct age_header *header = age_header_read(&in);

    (void)state;
    assert_non_null(header);
    assert_int_equal(file.at, strlen(VERSION STANZA END));
    assert_int_equal(header->len, file.at);
    assert_int_equal(header->count, 1);
    assert_string_equal(header->stanzas[0].kind, "X25519");
    assert_int_equal(header->stanzas[0].arg_count, 1);
    assert_string_equal(header->stanzas[0].args[0], SHARE);
    assert_int_equal(header->stanzas[0].body_len, 32);
    age_header_free(header);
}

static void stanzas_of_unknown_kinds_are_kept_as_they_stand(void **state)
{
    struct age_header *header =
        read_text(VERSION "-> some-grease !\"#$%&'()* {|}~ a\n" LINE_64 "\n" LINE_64 "\n\n"
                          "-> empty\n\n" STANZA END);

    (void)state;
    assert_non_null(header);
    assert_int_equal(header->count, 3);
    assert_string_equal(header->stanzas[0].kind, "some-grease");
    assert_int_equal(header->stanzas[0].arg_count, 3);
    assert_string_equal(header->stanzas[0].args[1], "{|}~");
    assert_int_equal(header->stanzas[0].body_len, 96);
    assert_int_equal(header->stanzas[1].arg_count, 0);
    assert_int_equal(header->stanzas[1].body_len, 0);
    age_header_free(header);
}

static void every_malformed_header_is_refused_and_told_why(void **state)
{
    static const struct {
        const char *text, *reason;
    } refused[] = {
        {"", "empty"},
        {"x", "does not begin with"},
        {"PGDMP\001\016", "pg_dump archive that is not encrypted"},
        {"-----BEGIN AGE ENCRYPTED FILE-----\n", "ASCII-armored"},
        {"age-encryption.org/v2\n" STANZA END, "another version"},
        {"age-encryption.org/v1\r\n" STANZA END, "CRLF"},
        {"age-encryption.org/v1 \n" STANZA END, "not an age"},
        {VERSION END, "no stanza"},
        {VERSION "\n" STANZA END, "line 2 begins neither"},
        {VERSION STANZA "\n" END, "line 4 begins neither"},
        {VERSION STANZA " " END, "line 4 begins neither"},
        {VERSION "->\n\n" END, "line 2 begins neither"},
        {VERSION "-> \n\n" END, "line 2"},
        {VERSION "->X25519 " SHARE "\n" BODY "\n" END, "line 2 begins neither"},
        {VERSION "->  X25519 " SHARE "\n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519  " SHARE "\n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519 " SHARE " \n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519 " SHARE "\r\n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519\t" SHARE "\n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519 \xc3\xa9\n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519 \x7f\n" BODY "\n" END, "line 2"},
        {VERSION "-> X25519 " SHARE "\n" BODY "\r\n" END, "line 3 is not canonical"},
        {VERSION "-> X25519 " SHARE "\n" BODY "=\n" END, "line 3 is not canonical"},
        {VERSION "-> X25519 " SHARE "\n" BODY " \n" END, "line 3 is not canonical"},
        {VERSION "-> a\nA\n" END, "line 3 is not canonical"},
        {VERSION "-> a\nAB\n" END, "line 3 is not canonical"},
        {VERSION "-> a\n\xc1\xc1\xaf\xab\n" END, "line 3 is not canonical"},
        {VERSION "-> a\nAA-_\n" END, "line 3 is not canonical"},
        {VERSION "-> a\n" LINE_64 "A\n" END, "longer than 64"},
        {VERSION "-> a\n" LINE_64 "\n" END, "line 4 is not canonical"},
        {VERSION "-> a\nAAAA\nAAAA\n" END, "line 4 begins neither"},
        {VERSION "-> X25519 " SHARE "\n" END, "line 3 is not canonical"},
        {VERSION STANZA "---\n", "MAC"},
        {VERSION STANZA "--- \n", "MAC"},
        {VERSION STANZA "---" MAC "\n", "MAC"},
        {VERSION STANZA "---  " MAC "\n", "MAC"},
        {VERSION STANZA "--- " MAC " \n", "MAC"},
        {VERSION STANZA "--- " MAC "\r\n", "MAC"},
        {VERSION STANZA "--- " MAC "=\n", "MAC"},
        {VERSION STANZA "--- " MAC "A\n", "MAC"},
        {VERSION STANZA "--- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI\n", "MAC"},
        {VERSION STANZA "--- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI1\n", "MAC"},
        {VERSION STANZA "--- Vn\xab"
                        "54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0\n",
         "MAC"},
        {VERSION STANZA "---- " MAC "\n", "MAC"},
        {VERSION STANZA "-> scrypt AAAA 10\n" BODY "\n" END, "mixes a passphrase"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        assert_null(read_text(refused[i].text));
        if (strstr(error_text(), refused[i].reason) == NULL)
            fail_msg("%s: %s", refused[i].text, error_text());
    }
}

static void a_header_cut_off_anywhere_is_called_truncated(void **state)
{
    char text[] = VERSION STANZA END;

    (void)state;
    for (size_t len = sizeof(text) - 2; len > 0; len--) {
        text[len] = '\0';
        assert_null(read_text(text));
        assert_non_null(strstr(error_text(), "truncated"));
    }
}

static void a_header_without_end_is_given_up(void **state)
{
    const size_t len = 2 * AGE_HEADER_MAX;
    struct memory file = {.data = malloc(len), .len = len};
    struct reader in = memory_reader(&file);

    (void)state;
    assert_non_null(file.data);
    memset(file.data, 'a', len);
    memcpy(file.data, VERSION "-> ", strlen(VERSION "-> "));
    assert_null(age_header_read(&in));
    assert_non_null(strstr(error_text(), "longer than"));
    assert_true(file.at <= AGE_HEADER_MAX);
    free(file.data);
}

static void write_stanzas(struct memory *file, const struct age_stanza *stanzas, size_t count)
{
    struct writer out = memory_writer(file);

    assert_int_equal(age_header_write(&out, stanzas, count, file_key), 0);
}

static void a_header_reads_back_as_it_was_written(void **state)
{
    static const unsigned char bytes[200] = {1, 2, 3};

    (void)state;
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct age_stanza stanza;
        struct memory file = {0};
        struct reader in = memory_reader(&file);
        struct age_header *header;

        assert_int_equal(age_stanza_set_line(&stanza, "kind a b", strlen("kind a b")), 0);
        assert_int_equal(age_stanza_add_body(&stanza, bytes, len), 0);
        write_stanzas(&file, &stanza, 1);
        header = age_header_read(&in);
        assert_non_null(header);
        assert_int_equal(age_header_check(header, file_key), 0);
        assert_int_equal(header->stanzas[0].arg_count, 2);
        assert_string_equal(header->stanzas[0].args[1], "b");
        assert_int_equal(header->stanzas[0].body_len, len);
        if (len > 0)
            assert_memory_equal(header->stanzas[0].body, bytes, len);
        age_header_free(header);
        age_stanza_clear(&stanza);
        free(file.data);
    }
}

static void another_file_key_does_not_fit_the_mac(void **state)
{
    unsigned char other[AGE_FILE_KEY_SIZE];
    struct age_stanza stanza;
    struct memory file = {0};
    struct reader in = memory_reader(&file);
    struct age_header *header;

    (void)state;
    memcpy(other, file_key, sizeof(other));
    other[15] ^= 1;
    assert_int_equal(age_stanza_set_line(&stanza, "kind", strlen("kind")), 0);
    write_stanzas(&file, &stanza, 1);
    header = age_header_read(&in);
    assert_non_null(header);
    assert_int_equal(age_header_check(header, file_key), 0);
    assert_int_equal(age_header_check(header, other), -1);
    assert_non_null(strstr(error_text(), "altered"));
    age_header_free(header);
    age_stanza_clear(&stanza);
    free(file.data);
}

static void more_recipients_than_can_be_read_are_not_written(void **state)
{
    struct age_stanza stanza;
    struct age_stanza *many = calloc(AGE_HEADER_MAX / 8, sizeof(*many));
    struct memory file = {0};
    struct writer out = memory_writer(&file);

    (void)state;
    assert_non_null(many);
    assert_int_equal(age_stanza_set_line(&stanza, "kind", strlen("kind")), 0);
    for (size_t i = 0; i < AGE_HEADER_MAX / 8; i++)
        many[i] = stanza;
    assert_int_equal(age_header_write(&out, many, AGE_HEADER_MAX / 8, file_key), -1);
    assert_non_null(strstr(error_text(), "too many recipients"));
    assert_int_equal(file.len, 0);
    age_stanza_clear(&stanza);
    free(many);
}

static void a_header_is_described_by_its_kinds(void **state)
{
    static const struct {
        const char *text, *description;
    } headers[] = {
        {VERSION STANZA END, "encrypted to 1 recipient (X25519)"},
        {VERSION STANZA STANZA "-> ssh-rsa a\n\n" STANZA END,
         "encrypted to 4 recipients (X25519, ssh-rsa)"},
        {VERSION "-> scrypt AAAA 10\n" BODY "\n" END, "encrypted with a passphrase"},
    };
    char text[64];
    char short_text[16];

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        struct age_header *header = read_text(headers[i].text);

        assert_non_null(header);
        age_header_describe(header, text, sizeof(text));
        assert_string_equal(text, headers[i].description);
        age_header_describe(header, short_text, sizeof(short_text));
        assert_int_equal(strlen(short_text), sizeof(short_text) - 1);
        age_header_free(header);
    }
}

/* Sets the stanza of a text that begins with its line and ends with its body. */
static void set_stanza(struct age_stanza *stanza, const char *text)
{
    char file[512];
    struct age_header *header;

    snprintf(file, sizeof(file), VERSION "%s\n" END, text);
    header = read_text(file);
    assert_non_null(header);
    *stanza = header->stanzas[0];
    header->count = 0;
    age_header_free(header);
}

static void a_malformed_x25519_stanza_is_refused_rather_than_passed_over(void **state)
{
    static const struct {
        const char *text, *reason;
    } refused[] = {
        {"-> X25519\n" BODY, "has 0 arguments"},
        {"-> X25519 " SHARE " x\n" BODY, "has 2 arguments"},
        {"-> X25519 AAAA\n" BODY, "share is not 32 bytes"},
        {"-> X25519 " SHARE "AAAA\n" BODY, "share is not 32 bytes"},
        {"-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCd\n" BODY, "share is not 32 bytes"},
        {"-> X25519 " SHARE "=\n" BODY, "share is not 32 bytes"},
        {"-> X25519 " SHARE "\n", "carries 0 bytes"},
        {"-> X25519 " SHARE "\n" BODY "AAAA", "carries 35 bytes"},
        {"-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" BODY, "weak point"},
        {"-> X25519 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" BODY, "weak point"},
        {"-> X25519 4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA\n" BODY, "weak point"},
    };
    static const unsigned char secret[X25519_SIZE] = {7};
    unsigned char key[AGE_FILE_KEY_SIZE];
    struct age_stanza stanza;

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        set_stanza(&stanza, refused[i].text);
        assert_int_equal(x25519_unwrap(&stanza, key, secret, secret), -1);
        if (strstr(error_text(), refused[i].reason) == NULL)
            fail_msg("%s: %s", refused[i].text, error_text());
        age_stanza_clear(&stanza);
    }
    set_stanza(&stanza, "-> X25519 " SHARE "\n" BODY);
    assert_int_equal(x25519_unwrap(&stanza, key, secret, secret), 0);
    age_stanza_clear(&stanza);
    set_stanza(&stanza, "-> x25519\n");
    assert_int_equal(x25519_unwrap(&stanza, key, secret, secret), 0);
    age_stanza_clear(&stanza);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_takes_no_byte_of_the_payload),
        cmocka_unit_test(stanzas_of_unknown_kinds_are_kept_as_they_stand),
        cmocka_unit_test(every_malformed_header_is_refused_and_told_why),
        cmocka_unit_test(a_header_cut_off_anywhere_is_called_truncated),
        cmocka_unit_test(a_header_without_end_is_given_up),
        cmocka_unit_test(a_header_reads_back_as_it_was_written),
        cmocka_unit_test(another_file_key_does_not_fit_the_mac),
        cmocka_unit_test(more_recipients_than_can_be_read_are_not_written),
        cmocka_unit_test(a_header_is_described_by_its_kinds),
        cmocka_unit_test(a_malformed_x25519_stanza_is_refused_rather_than_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
