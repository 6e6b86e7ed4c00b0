#include "age/hkdf.h"
#include "age_memory.h"

static unsigned char key[22];

static int setup(void **state)
{
    (void)state;
    memset(key, 0x0b, sizeof(key));
    return 0;
}

/* RFC 5869, A.1: the first block of it. */
static void a_key_derives_as_the_rfc_says(void **state)
{
    static const unsigned char expected[HKDF_SIZE] = {
        0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f,
        0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a,
        0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf};
    static const unsigned char salt[13] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    unsigned char out[HKDF_SIZE];

    (void)state;
    hkdf_sha256(out, key, sizeof(key), salt, sizeof(salt),
                "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9");
    assert_memory_equal(out, expected, HKDF_SIZE);
}

/* RFC 5869, A.3. */
static void a_key_derives_without_salt_and_info(void **state)
{
    static const unsigned char expected[HKDF_SIZE] = {
        0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80,
        0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1,
        0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d};
    unsigned char out[HKDF_SIZE];

    (void)state;
    hkdf_sha256(out, key, sizeof(key), NULL, 0, "");
    assert_memory_equal(out, expected, HKDF_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_derives_as_the_rfc_says),
        cmocka_unit_test(a_key_derives_without_salt_and_info),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
