/* ASCII armor: whatever the sizes of the reads are, the same comes out. */
#include "age/armor.h"
#include "age/input.h"
#include "fuzz.h"

#include <sodium.h>

/* Returns what reading came to, and in *hash the hash of what came out. */
static int drain(const uint8_t *data, size_t len, size_t step, size_t source_step,
                 unsigned char hash[crypto_hash_sha256_BYTES])
{
    struct fuzz_input input = {.data = data, .len = len, .step = source_step};
    struct age_armor *armor = age_armor_new(fuzz_reader(&input));
    struct reader in = age_armor_reader(armor);
    crypto_hash_sha256_state state;
    unsigned char buf[100];
    ssize_t got;

    always(step <= sizeof(buf));
    crypto_hash_sha256_init(&state);
    while ((got = in.read(in.self, buf, step)) > 0)
        crypto_hash_sha256_update(&state, buf, (unsigned long long)got);
    crypto_hash_sha256_final(&state, hash);
    age_armor_free(armor);
    return (int)got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    unsigned char hash[crypto_hash_sha256_BYTES], again[crypto_hash_sha256_BYTES];
    struct fuzz_input input = {.data = data, .len = len, .step = 7};
    struct age_input *looked;
    int taken;

    taken = drain(data, len, 100, SIZE_MAX, hash);
    always(drain(data, len, 1, 3, again) == taken);
    if (taken == 0)
        always(memcmp(hash, again, sizeof(hash)) == 0);

    looked = age_input_new(fuzz_reader(&input));
    always(looked != NULL);
    if (taken == 0)
        always(age_input_kind(looked) == AGE_INPUT_ARMORED);
    if (age_input_kind(looked) == AGE_INPUT_ARMORED)
        always(fuzz_drain(age_input_reader(looked), 33) == taken);
    else
        always(fuzz_drain(age_input_reader(looked), 33) == 0);
    age_input_free(looked);
    return 0;
}
