#include "base/utf8.h"

static size_t length_of(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc0 || lead > 0xf7)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

size_t utf8_decode(const char *s, uint32_t *point)
{
    /* What fits into fewer bytes is not to be written in more. */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char lead = (unsigned char)*s;
    const size_t len = length_of(lead);
    uint32_t p = len > 1 ? lead & (0x7fU >> len) : lead;

    for (size_t i = 1; i < len; i++) {
        const unsigned char c = (unsigned char)s[i];

        if ((c & 0xc0) != 0x80)
            return 0;
        p = p << 6 | (c & 0x3f);
    }
    if (len == 0 || p < least[len] || p > 0x10ffff || (p >= 0xd800 && p <= 0xdfff))
        return 0;
    *point = p;
    return len;
}
