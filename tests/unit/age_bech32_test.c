#include "age/bech32.h"
#include "age_memory.h"
#include "base/error.h"

/* From BIP 173. */
static void texts_of_the_specification_are_read_and_written_alike(void **state)
{
    static const struct {
        const char *hrp, *text;
        size_t len;
    } valid[] = {
        {"A", "A12UEL5L", 0},
        {"a", "a12uel5l", 0},
        {"?", "?1ezyfcl", 0},
        {"an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio",
         "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio"
         "1tt5tgs",
         0},
        {"abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", 20},
        {"split", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", 30},
    };
    unsigned char data[64];
    char text[200];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++) {
        assert_int_equal(bech32_decode(valid[i].text, valid[i].hrp, data, sizeof(data), &len), 0);
        assert_int_equal(len, valid[i].len);
        bech32_encode(text, valid[i].hrp, data, len);
        assert_string_equal(text, valid[i].text);
        assert_int_equal(strlen(text) + 1, BECH32_SIZE(strlen(valid[i].hrp), len));
    }
}

static void bytes_come_out_as_the_specification_says(void **state)
{
    static const unsigned char expected[20] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54,
                                               0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56,
                                               0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf};
    unsigned char data[20];
    size_t len;

    (void)state;
    assert_int_equal(bech32_decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", data,
                                   sizeof(data), &len),
                     0);
    assert_int_equal(len, 20);
    assert_memory_equal(data, expected, 20);
}

static void what_was_mistyped_or_is_not_canonical_is_refused(void **state)
{
    static const struct {
        const char *hrp, *text, *reason;
    } invalid[] = {
        {"a", "A12uel5l", "mixes capitals"},
        {"a", "A12UEL5L", "does not consist of"}, /* the hrp's case counts */
        {"b", "a12uel5l", "does not consist of"},
        {"pzry9x0s0muk", "pzry9x0s0muk", "does not consist of"}, /* no separator */
        {"a", "10a06t8", "does not consist of"},                 /* an empty hrp */
        {"a", "", "does not consist of"},
        {"x", "x1b4n0q5v", "a character in it"},
        {"a", "a12uel\xc3\xa4l", "a character in it"},
        {"li", "li1dgmt3", "too short"},
        {"A", "A1G7SGD8", "checksum"},
        {"a", "a12uel5q", "checksum"},
        {"split", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3q", "checksum"},
        {"split", "split1cheo2y9e3w", "a character in it"},
        {"a", "a1q3g6mn3", "bits are set"},  /* fewer bits than a byte has */
        {"a", "a1ppjxu3w5", "bits are set"}, /* a byte, and two bits that are not zero */
    };
    unsigned char data[64];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++) {
        assert_int_equal(bech32_decode(invalid[i].text, invalid[i].hrp, data, sizeof(data), &len),
                         -1);
        if (strstr(error_text(), invalid[i].reason) == NULL)
            fail_msg("%s: %s", invalid[i].text, error_text());
    }
}

static void data_that_does_not_fit_is_refused(void **state)
{
    unsigned char data[20];
    size_t len;

    (void)state;
    assert_int_equal(bech32_decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", data,
                                   sizeof(data) - 1, &len),
                     -1);
    assert_non_null(strstr(error_text(), "too long"));
}

static void any_single_wrong_character_is_noticed(void **state)
{
    char text[] = ALICE_PUBLIC;
    unsigned char data[32];
    size_t len;

    (void)state;
    for (size_t i = strlen("age1"); text[i] != '\0'; i++) {
        const char right = text[i];

        text[i] = right == 'q' ? 'p' : 'q';
        assert_int_equal(bech32_decode(text, "age", data, sizeof(data), &len), -1);
        text[i] = right;
    }
    assert_int_equal(bech32_decode(text, "age", data, sizeof(data), &len), 0);
}

static void nothing_of_a_refused_key_stays_in_memory(void **state)
{
    static const unsigned char zeros[32];
    unsigned char data[32];
    size_t len;

    (void)state;
    memset(data, 0xff, sizeof(data));
    assert_int_equal(bech32_decode("AGE-SECRET-KEY-14F596VEEKC3XAGA0QRZ26W8KNP7SPM0EMP055PV7KKV0FMX"
                                   "LX77Q6L75HQ",
                                   "AGE-SECRET-KEY-", data, sizeof(data), &len),
                     -1);
    assert_memory_equal(data, zeros, sizeof(data));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_the_specification_are_read_and_written_alike),
        cmocka_unit_test(bytes_come_out_as_the_specification_says),
        cmocka_unit_test(what_was_mistyped_or_is_not_canonical_is_refused),
        cmocka_unit_test(data_that_does_not_fit_is_refused),
        cmocka_unit_test(any_single_wrong_character_is_noticed),
        cmocka_unit_test(nothing_of_a_refused_key_stays_in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
