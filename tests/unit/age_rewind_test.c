/* Reading a drop a second time, with the key that the first reading has found. */
#include "age/seal.h"
#include "age/unseal.h"
#include "age_memory.h"
#include "base/error.h"

/* Over a piece's border. */
#define PLAIN_LEN 100000

static char plain[PLAIN_LEN];
static int times_asked;

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < PLAIN_LEN; i++)
        plain[i] = (char)(i * 31 % 251);
    times_asked = 0;
    return 0;
}

/* Sealed to this set, which is cleared; to be freed. */
static struct memory seal_to(struct age_recipients *set)
{
    struct memory file = {0};
    struct age_seal *sealing = age_seal_new(set, memory_writer(&file));
    struct writer writer;

    assert_non_null(sealing);
    age_recipients_clear(set);
    writer = age_seal_writer(sealing);
    assert_int_equal(writer_put(&writer, plain, PLAIN_LEN), 0);
    assert_int_equal(age_seal_finish(sealing), 0);
    age_seal_free(sealing);
    return file;
}

static struct memory seal_for_alice(void)
{
    struct age_recipients set = {0};

    add_recipient(&set, ALICE_PUBLIC);
    return seal_to(&set);
}

static struct age_unseal *open_as_alice(struct memory *file)
{
    struct age_identities alice = {0};
    struct age_unseal *unsealing;

    add_identity(&alice, ALICE_SECRET);
    unsealing = age_unseal_new(memory_reader(file), &alice);
    assert_non_null(unsealing);
    age_identities_clear(&alice);
    return unsealing;
}

static void assert_reads_all(struct reader in)
{
    char *read = malloc(PLAIN_LEN + 1);

    assert_non_null(read);
    assert_int_equal(reader_fill(&in, read, PLAIN_LEN + 1), PLAIN_LEN);
    assert_memory_equal(read, plain, PLAIN_LEN);
    free(read);
}

static void all_of_it_is_read_a_second_time_without_an_identity(void **state)
{
    struct memory file = seal_for_alice(), again = file;
    struct age_unseal *unsealing = open_as_alice(&file);
    struct reader in = age_unseal_reader(unsealing);

    (void)state;
    assert_reads_all(in);
    assert_int_equal(age_unseal_rewind(unsealing, memory_reader(&again)), 0);
    assert_reads_all(in);
    age_unseal_free(unsealing);
    free(file.data);
}

static void it_begins_anew_from_the_middle_too(void **state)
{
    struct memory file = seal_for_alice(), again = file;
    struct age_unseal *unsealing = open_as_alice(&file);
    struct reader in = age_unseal_reader(unsealing);
    char some[1000];

    (void)state;
    assert_int_equal(reader_fill(&in, some, sizeof(some)), sizeof(some));
    assert_int_equal(age_unseal_rewind(unsealing, memory_reader(&again)), 0);
    assert_reads_all(in);
    age_unseal_free(unsealing);
    free(file.data);
}

static void a_file_that_has_taken_its_place_is_refused(void **state)
{
    struct memory file = seal_for_alice(), other = seal_for_alice();
    struct age_unseal *unsealing = open_as_alice(&file);
    struct reader in = age_unseal_reader(unsealing);
    char some[1000];

    (void)state;
    assert_reads_all(in);
    assert_int_equal(age_unseal_rewind(unsealing, memory_reader(&other)), 0);
    assert_int_equal(in.read(in.self, some, sizeof(some)), -1);
    assert_non_null(strstr(error_text(), "does not authenticate"));
    age_unseal_free(unsealing);
    free(file.data);
    free(other.data);
}

static void a_file_that_has_become_empty_is_refused(void **state)
{
    struct memory file = seal_for_alice(), empty = {0};
    struct age_unseal *unsealing = open_as_alice(&file);

    (void)state;
    assert_int_equal(age_unseal_rewind(unsealing, memory_reader(&empty)), -1);
    age_unseal_free(unsealing);
    free(file.data);
}

static int tell_passphrase(void *self, char text[AGE_PASSPHRASE_SIZE])
{
    (void)self;
    times_asked++;
    strcpy(text, "correct horse");
    return 0;
}

static void a_passphrase_is_asked_for_once(void **state)
{
    const struct age_identities asking = {.passphrase = {.ask = tell_passphrase}};
    struct age_recipients set = {0};
    struct memory file, again;
    struct age_unseal *unsealing;

    (void)state;
    assert_int_equal(age_recipients_set_passphrase(&set, "correct horse"), 0);
    file = again = seal_to(&set);
    unsealing = age_unseal_new(memory_reader(&file), &asking);
    assert_non_null(unsealing);
    assert_int_equal(age_unseal_rewind(unsealing, memory_reader(&again)), 0);
    assert_reads_all(age_unseal_reader(unsealing));
    assert_int_equal(times_asked, 1);
    age_unseal_free(unsealing);
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_of_it_is_read_a_second_time_without_an_identity, setup),
        cmocka_unit_test_setup(it_begins_anew_from_the_middle_too, setup),
        cmocka_unit_test_setup(a_file_that_has_taken_its_place_is_refused, setup),
        cmocka_unit_test_setup(a_file_that_has_become_empty_is_refused, setup),
        cmocka_unit_test_setup(a_passphrase_is_asked_for_once, setup),
    };

    return cmocka_run_group_tests_name("age_rewind", tests, NULL, NULL);
}
