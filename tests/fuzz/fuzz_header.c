/* The header of an age file: one that is taken is written again byte for byte, but for its MAC. */
#include "age/header.h"
#include "age/header_layout.h"
#include "age/scrypt.h"
#include "age/x25519.h"
#include "base/buf.h"
#include "fuzz.h"

static int add(void *self, const void *data, size_t len)
{
    return buf_add(self, data, len);
}

static void write_again(const struct age_header *header)
{
    static const unsigned char file_key[AGE_FILE_KEY_SIZE] = "YELLOW SUBMARIN";
    const size_t mac_line = MAC_CHARS + strlen("\n");
    struct buf text = {0};
    struct writer out = {.write = add, .self = &text};

    always(age_header_write(&out, header->stanzas, header->count, file_key) == 0);
    always(text.len == header->len);
    always(memcmp(text.data, header->text, text.len - mac_line) == 0);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const unsigned char key[X25519_SIZE] = {8};
    unsigned char file_key[AGE_FILE_KEY_SIZE];
    struct fuzz_input input = {.data = data, .len = len, .step = SIZE_MAX};
    struct reader in = fuzz_reader(&input);
    struct age_header *header = age_header_read(&in);
    char text[64];

    if (header == NULL)
        return 0;
    always(header->count > 0 && header->len <= len && memcmp(header->text, data, header->len) == 0);
    write_again(header);
    age_header_describe(header, text, sizeof(text));
    for (size_t i = 0; i < header->count; i++) {
        x25519_unwrap(&header->stanzas[i], file_key, key, key);
        if (scrypt_is(&header->stanzas[i]))
            scrypt_check(&header->stanzas[i]);
    }
    age_header_free(header);
    return 0;
}
