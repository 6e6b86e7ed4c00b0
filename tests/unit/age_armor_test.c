/* ASCII armor, and telling it from what is none. */
#include "age/armor.h"
#include "age/input.h"
#include "age_memory.h"
#include "base/error.h"

#include <stdio.h>

#include <sodium.h>

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END   "-----END AGE ENCRYPTED FILE-----"
/* 48 and 47 bytes of the letter a, and one. */
#define FULL_LINE  "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
#define LINE_OF_47 "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="
#define ONE        "YQ=="

/* What the text holds, read in steps of both sizes; -1 if it is refused. */
static ssize_t dearmor(const char *text, size_t step, size_t source_step, char *out, size_t size)
{
    struct memory file = memory_of_text(text);
    struct age_armor *armor = age_armor_new(memory_reader(&file));
    struct reader in;
    size_t len = 0;
    ssize_t got;

    assert_non_null(armor);
    file.step = source_step;
    in = age_armor_reader(armor);
    while ((got = in.read(in.self, out + len, step)) > 0) {
        assert_true((size_t)got <= step);
        len += (size_t)got;
        assert_true(len + step <= size);
    }
    age_armor_free(armor);
    return got < 0 ? -1 : (ssize_t)len;
}

static void assert_holds(const char *text, size_t letters)
{
    static const size_t steps[] = {1, 7, 47, 48, 49, 200};
    char out[512];

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        for (size_t source = 0; source < 4; source++) {
            if (dearmor(text, steps[i], source, out, sizeof(out)) != (ssize_t)letters)
                fail_msg("\"%s\": %s", text, error_text());
            for (size_t at = 0; at < letters; at++)
                assert_int_equal(out[at], 'a');
        }
    }
}

static void assert_refused(const char *text, const char *reason)
{
    char out[512];

    for (size_t source = 0; source < 2; source++) {
        assert_int_equal(dearmor(text, 100, source, out, sizeof(out)), -1);
        if (strncmp(error_text(), "malformed ASCII armor: ", 23) != 0 ||
            strstr(error_text(), reason) == NULL)
            fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, error_text(), reason);
    }
}

static void a_last_line_may_be_short_or_full_and_lines_end_as_they_like(void **state)
{
    (void)state;
    assert_holds(BEGIN "\n" ONE "\n" END "\n", 1);
    assert_holds(BEGIN "\r\n" ONE "\r\n" END "\r\n", 1);
    assert_holds(BEGIN "\n" FULL_LINE "\r\n" END, 48);
    assert_holds(BEGIN "\n" FULL_LINE "\r\n" ONE "\n" END, 49);
    assert_holds(BEGIN "\n" FULL_LINE "\n" FULL_LINE "\n" LINE_OF_47 "\n" END "\n", 143);
    assert_holds(BEGIN "\n" END "\n", 0);
}

static void blank_lines_may_stand_around_it(void **state)
{
    (void)state;
    assert_holds("\n \t\r\n\n" BEGIN "\n" ONE "\n" END "\n", 1);
    assert_holds(BEGIN "\n" ONE "\n" END "\n\n \t\v\f\r\n\n  ", 1);
}

static void too_many_blanks_around_it_are_refused(void **state)
{
    char text[2048];

    (void)state;
    snprintf(text, sizeof(text), "%*s\n" BEGIN "\n" ONE "\n" END, AGE_ARMOR_BLANKS_MAX - 1, "");
    assert_holds(text, 1);
    snprintf(text, sizeof(text), "%*s\n" BEGIN "\n" ONE "\n" END, AGE_ARMOR_BLANKS_MAX, "");
    assert_refused(text, "more than 1024 blanks");
    snprintf(text, sizeof(text), BEGIN "\n" ONE "\n" END "\n%*s", AGE_ARMOR_BLANKS_MAX, "");
    assert_holds(text, 1);
    snprintf(text, sizeof(text), BEGIN "\n" ONE "\n" END "\n%*s", AGE_ARMOR_BLANKS_MAX + 1, "");
    assert_refused(text, "more than 1024 blanks");
}

static void what_is_not_as_the_format_says_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text, *reason;
    } refused[] = {
        {"", "nothing but blanks"},
        {"\n\n", "nothing but blanks"},
        {"\nhello\n", "line 2 is not \"" BEGIN "\""},
        {" " BEGIN "\n" ONE "\n" END, "line 1 begins with a blank"},
        {"\n\t" BEGIN "\n" ONE "\n" END, "line 2 begins with a blank"},
        {BEGIN " \n" ONE "\n" END, "line 1 is not"},
        {BEGIN "\r\r\n" ONE "\n" END, "line 1 is not"},
        {"-----BEGIN AGE ENCRYPTED MESSAGE-----\n" ONE "\n" END, "line 1 is not"},
        {BEGIN "\nVersion: 1\n\n" ONE "\n" END, "line 2 is not canonical base64"},
        {BEGIN "\n\n" ONE "\n" END, "line 2 is empty"},
        {BEGIN "\n" FULL_LINE "\n\n" END, "line 3 is empty"},
        {BEGIN "\n" FULL_LINE "Y\n" END, "line 2 is longer than 64 characters"},
        {BEGIN "\n" FULL_LINE "YWFh\n" END, "line 2 is longer than 64 characters"},
        {BEGIN "\n" ONE "\n" ONE "\n" END, "line 3 is not \"" END "\""},
        {BEGIN "\n" ONE "\n\n" END, "line 3 is not \"" END "\""},
        {BEGIN "\n" ONE "\n----- END AGE ENCRYPTED FILE -----\n", "line 3 is not \"" END "\""},
        {BEGIN "\nYQ=\n" END, "line 2 is not canonical base64"},
        {BEGIN "\nYQ\n" END, "line 2 is not canonical base64"},
        {BEGIN "\nYR==\n" END, "line 2 is not canonical base64"},
        {BEGIN "\n YQ==\n" END, "line 2 is not canonical base64"},
        {BEGIN "\nYQ== \n" END, "line 2 is not canonical base64"},
        {BEGIN "\nY\xc1==\n" END, "line 2 is not canonical base64"},
        {BEGIN "\n" FULL_LINE "\n", "truncated behind line 2"},
        {BEGIN "\n" ONE "\n", "truncated behind line 2"},
        {BEGIN, "truncated behind line 1"},
        {BEGIN "\n" ONE "\n" END "\n\nx", "something behind its end"},
        {BEGIN "\n" ONE "\n" END "\n" BEGIN "\n" ONE "\n" END "\n", "something behind its end"},
        {BEGIN "\n" ONE "\n" END "\n x", "begins with a blank"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_refused(refused[i].text, refused[i].reason);
}

static ssize_t read_fails(void *self, void *buf, size_t len)
{
    struct memory *m = self;

    return m->at < m->len ? memory_read(m, buf, len) : error_set("the cable is cut");
}

static void the_readers_own_error_is_passed_on(void **state)
{
    const char *text = "\n" BEGIN "\n" FULL_LINE "\n" ONE "\n" END "\n";
    char out[200];

    (void)state;
    for (size_t len = 0; len <= strlen(text); len++) {
        struct memory file = {.data = (unsigned char *)(uintptr_t)text, .len = len, .step = 5};
        struct reader failing = {.read = read_fails, .self = &file};
        struct age_armor *armor = age_armor_new(failing);
        struct age_input *input;
        struct reader in;

        assert_non_null(armor);
        in = age_armor_reader(armor);
        assert_int_equal(reader_fill(&in, out, sizeof(out)), -1);
        assert_string_equal(error_text(), "the cable is cut");
        age_armor_free(armor);

        file.at = 0;
        input = age_input_new(failing);
        if (input != NULL) {
            assert_int_equal(age_input_kind(input), AGE_INPUT_ARMORED);
            in = age_input_reader(input);
            assert_int_equal(reader_fill(&in, out, sizeof(out)), -1);
        }
        assert_string_equal(error_text(), "the cable is cut");
        age_input_free(input);
    }
}

/* The reader of either kind gives the file from its first byte. */
static void assert_kind(struct memory file, enum age_input_kind kind, const char *holds)
{
    const size_t len = strlen(holds);
    char out[4096];

    for (int raw = 0; raw < 2; raw++) {
        struct memory source = file;
        struct age_input *input = age_input_new(memory_reader(&source));
        struct reader in;

        assert_non_null(input);
        assert_int_equal(age_input_kind(input), kind);
        in = raw ? age_input_raw_reader(input) : age_input_reader(input);
        if (raw || kind != AGE_INPUT_ARMORED) {
            assert_int_equal(reader_fill(&in, out, sizeof(out)), file.len);
            assert_memory_equal(out, file.data, file.len);
        } else {
            assert_int_equal(reader_fill(&in, out, sizeof(out)), len);
            assert_memory_equal(out, holds, len);
        }
        age_input_free(input);
    }
}

static void a_file_is_told_by_its_beginning_and_given_whole(void **state)
{
    static const char binary[] = "age-encryption.org/v1\n-> X25519";
    char blank[3000] = "\0";

    (void)state;
    assert_kind(memory_of_text(BEGIN "\n" ONE "\n" END), AGE_INPUT_ARMORED, "a");
    assert_kind(memory_of_text(" \r\n\n" BEGIN "\n" ONE "\n" END), AGE_INPUT_ARMORED, "a");
    assert_kind(memory_of_text(binary), AGE_INPUT_BINARY, "");
    assert_kind(memory_of_text("age-encryption.org/v2\n"), AGE_INPUT_BINARY, "");
    for (size_t len = 0; len < strlen("age-encryption.org/"); len++)
        assert_kind((struct memory){.data = (unsigned char *)(uintptr_t)binary, .len = len},
                    AGE_INPUT_OTHER, "");
    assert_kind(memory_of_text("\nage-encryption.org/v1\n"), AGE_INPUT_OTHER, "");
    assert_kind(memory_of_text("-----BEGIN OPENSSH PRIVATE KEY-----\n"), AGE_INPUT_OTHER, "");
    assert_kind(memory_of_text("# created:\n" ALICE_SECRET "\n"), AGE_INPUT_OTHER, "");
    assert_kind((struct memory){.data = (unsigned char *)blank, .len = 1}, AGE_INPUT_OTHER, "");
    memset(blank, ' ', sizeof(blank));
    assert_kind((struct memory){.data = (unsigned char *)blank, .len = sizeof(blank)},
                AGE_INPUT_OTHER, "");
    assert_kind((struct memory){.data = (unsigned char *)blank, .len = 100}, AGE_INPUT_OTHER, "");
}

static void nothing_is_there_to_free(void **state)
{
    (void)state;
    age_armor_free(NULL);
    age_input_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_last_line_may_be_short_or_full_and_lines_end_as_they_like),
        cmocka_unit_test(blank_lines_may_stand_around_it),
        cmocka_unit_test(too_many_blanks_around_it_are_refused),
        cmocka_unit_test(what_is_not_as_the_format_says_is_refused_with_its_line),
        cmocka_unit_test(the_readers_own_error_is_passed_on),
        cmocka_unit_test(a_file_is_told_by_its_beginning_and_given_whole),
        cmocka_unit_test(nothing_is_there_to_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
