#include "age/scrypt.h"
#include "age_memory.h"
#include "base/error.h"

#include <stdio.h>
#include <sys/resource.h>

static const unsigned char file_key[AGE_FILE_KEY_SIZE] = "YELLOW SUBMARIN";

static void stanza_of(struct age_stanza *stanza, const char *line, size_t body_len)
{
    static const unsigned char body[64];

    assert_int_equal(age_stanza_set_line(stanza, line, strlen(line)), 0);
    assert_int_equal(age_stanza_add_body(stanza, body, body_len), 0);
}

static void a_file_key_comes_back_with_its_passphrase_and_no_other(void **state)
{
    unsigned char opened[AGE_FILE_KEY_SIZE] = {0};
    struct age_stanza stanza;

    (void)state;
    assert_int_equal(scrypt_wrap(&stanza, file_key, "correct horse"), 0);
    assert_true(scrypt_is(&stanza));
    assert_int_equal(scrypt_check(&stanza), 0);
    assert_int_equal(stanza.arg_count, 2);
    assert_string_equal(stanza.args[1], "18");
    assert_int_equal(scrypt_unwrap(&stanza, opened, "correct horse"), 1);
    assert_memory_equal(opened, file_key, sizeof(file_key));
    assert_int_equal(scrypt_unwrap(&stanza, opened, "correct hors"), 0);
    stanza.body[5] ^= 1;
    assert_int_equal(scrypt_unwrap(&stanza, opened, "correct horse"), 0);
    age_stanza_clear(&stanza);
}

static void each_stanza_has_a_salt_of_its_own(void **state)
{
    struct age_stanza one, two;

    (void)state;
    assert_int_equal(scrypt_wrap(&one, file_key, "p"), 0);
    assert_int_equal(scrypt_wrap(&two, file_key, "p"), 0);
    assert_string_not_equal(one.args[0], two.args[0]);
    assert_memory_not_equal(one.body, two.body, one.body_len);
    age_stanza_clear(&one);
    age_stanza_clear(&two);
}

static void a_stanza_of_another_kind_is_left_alone(void **state)
{
    unsigned char opened[AGE_FILE_KEY_SIZE];
    struct age_stanza stanza;

    (void)state;
    stanza_of(&stanza, "Scrypt rF0/NwblUHHTpgQgRpe5CQ 10", 32);
    assert_false(scrypt_is(&stanza));
    assert_int_equal(scrypt_unwrap(&stanza, opened, "p"), 0);
    age_stanza_clear(&stanza);
}

static void a_malformed_stanza_is_refused_before_anything_is_computed(void **state)
{
    static const struct {
        const char *line;
        size_t body_len;
        const char *reason;
    } refused[] = {
        {"scrypt", 32, "0 arguments, not 2"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ", 32, "1 arguments, not 2"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 10 10", 32, "3 arguments, not 2"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CR 10", 32, "salt"},
        {"scrypt rF0/NwblUHHTpgQgRpe5 10", 32, "salt"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQAA 10", 32, "salt"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ== 10", 32, "salt"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 10", 31, "carries 31 bytes, not 32"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 10", 40, "carries 40 bytes, not 32"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 0", 32, "not a number"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 010", 32, "not a number"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ +10", 32, "not a number"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ -10", 32, "not a number"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 10x", 32, "not a number"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 23", 32,
         "refused: the work factor of the passphrase is 23"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 100", 32, "refused: the work factor"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 4294967306", 32, "refused: the work factor"},
        {"scrypt rF0/NwblUHHTpgQgRpe5CQ 18446744073709551626", 32, "refused: the work factor"},
    };
    unsigned char opened[AGE_FILE_KEY_SIZE];
    struct age_stanza stanza;

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        stanza_of(&stanza, refused[i].line, refused[i].body_len);
        assert_int_equal(scrypt_check(&stanza), -1);
        if (strstr(error_text(), refused[i].reason) == NULL)
            fail_msg("%s: %s", refused[i].line, error_text());
        assert_int_equal(scrypt_unwrap(&stanza, opened, "p"), -1);
        age_stanza_clear(&stanza);
    }
}

static void every_work_factor_up_to_the_limit_is_well_formed(void **state)
{
    struct age_stanza stanza;
    char line[64];

    (void)state;
    for (int factor = 1; factor <= SCRYPT_WORK_FACTOR_MAX; factor++) {
        snprintf(line, sizeof(line), "scrypt rF0/NwblUHHTpgQgRpe5CQ %d", factor);
        stanza_of(&stanza, line, 32);
        assert_int_equal(scrypt_check(&stanza), 0);
        age_stanza_clear(&stanza);
    }
}

static void too_little_memory_is_told_with_how_much_it_takes(void **state)
{
    struct rlimit little;
    unsigned char opened[AGE_FILE_KEY_SIZE];
    struct age_stanza stanza;
    struct rlimit before;
    int wrapped, unwrapped;

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* it has mapped more than that already */
#endif
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    little = (struct rlimit){.rlim_cur = 64UL << 20, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    wrapped = scrypt_wrap(&stanza, file_key, "p");
    stanza_of(&stanza, "scrypt rF0/NwblUHHTpgQgRpe5CQ 22", 32);
    unwrapped = scrypt_unwrap(&stanza, opened, "p");
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    age_stanza_clear(&stanza);
    assert_int_equal(wrapped, -1);
    assert_int_equal(unwrapped, -1);
    assert_non_null(strstr(error_text(), "takes 4096 MiB of memory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_key_comes_back_with_its_passphrase_and_no_other),
        cmocka_unit_test(each_stanza_has_a_salt_of_its_own),
        cmocka_unit_test(a_stanza_of_another_kind_is_left_alone),
        cmocka_unit_test(a_malformed_stanza_is_refused_before_anything_is_computed),
        cmocka_unit_test(every_work_factor_up_to_the_limit_is_well_formed),
        cmocka_unit_test(too_little_memory_is_told_with_how_much_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
