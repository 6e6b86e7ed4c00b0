#include "age/base64.h"

#include <sodium.h>

#define UNPADDED sodium_base64_VARIANT_ORIGINAL_NO_PADDING
#define PADDED   sodium_base64_VARIANT_ORIGINAL

void base64_encode(char *text, const unsigned char *data, size_t len)
{
    sodium_bin2base64(text, BASE64_LEN(len) + 1, data, len, UNPADDED);
}

static int decode(unsigned char *data, size_t size, const char *text, size_t text_len, size_t *len,
                  int variant)
{
    /* libsodium takes the bytes 0xab, 0xaf and 0xc1 for '+', '/' and 'A' where char is signed. */
    for (size_t i = 0; i < text_len; i++) {
        if ((unsigned char)text[i] >= 0x80)
            return -1;
    }
    return sodium_base642bin(data, size, text, text_len, NULL, len, NULL, variant);
}

int base64_decode(unsigned char *data, size_t size, const char *text, size_t text_len, size_t *len)
{
    return decode(data, size, text, text_len, len, UNPADDED);
}

int base64_decode_padded(unsigned char *data, size_t size, const char *text, size_t text_len,
                         size_t *len)
{
    return decode(data, size, text, text_len, len, PADDED);
}
