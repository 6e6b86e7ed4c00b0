#include "age/header.h"

#include "age/header_layout.h"
#include "age/hkdf.h"
#include "age/init.h"
#include "base/buf.h"
#include "base/error.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(AGE_MAC_SIZE == crypto_auth_hmacsha256_BYTES, "the MAC is HMAC-SHA-256");
_Static_assert(HKDF_SIZE == crypto_auth_hmacsha256_KEYBYTES, "HKDF makes its key");

void age_header_free(struct age_header *header)
{
    if (header == NULL)
        return;
    for (size_t i = 0; i < header->count; i++)
        age_stanza_clear(&header->stanzas[i]);
    free(header->stanzas);
    free(header->text);
    free(header);
}

/* text is the header up to and including the "---". */
static void compute_mac(unsigned char mac[AGE_MAC_SIZE], const char *text, size_t len,
                        const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    unsigned char key[HKDF_SIZE];

    hkdf_sha256(key, file_key, AGE_FILE_KEY_SIZE, NULL, 0, "header");
    crypto_auth_hmacsha256(mac, (const unsigned char *)text, len, key);
    sodium_memzero(key, sizeof(key));
}

int age_header_check(const struct age_header *header,
                     const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    const size_t not_covered = strlen(" ") + MAC_CHARS + strlen("\n");
    unsigned char mac[AGE_MAC_SIZE];

    compute_mac(mac, header->text, header->len - not_covered, file_key);
    if (sodium_memcmp(mac, header->mac, AGE_MAC_SIZE) != 0)
        return error_set("the drop is altered or damaged in its header: the header's MAC is wrong");
    return 0;
}

static bool is_first_of_its_kind(const struct age_header *header, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(header->stanzas[i].kind, header->stanzas[index].kind) == 0)
            return false;
    }
    return true;
}

void age_header_describe(const struct age_header *header, char *text, size_t size)
{
    size_t used;

    if (strcmp(header->stanzas[0].kind, "scrypt") == 0) {
        snprintf(text, size, "encrypted with a passphrase");
        return;
    }
    snprintf(text, size, "encrypted to %zu recipient%s (", header->count,
             header->count == 1 ? "" : "s");
    for (size_t i = 0; i < header->count; i++) {
        used = strlen(text);
        if (used + 1 >= size)
            return;
        if (is_first_of_its_kind(header, i))
            snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ", header->stanzas[i].kind);
    }
    used = strlen(text);
    snprintf(text + used, size - used, ")");
}

static int add_stanza_text(struct buf *text, const struct age_stanza *stanza)
{
    char line[BODY_LINE_CHARS + 1];

    if (buf_printf(text, STANZA_PREFIX "%s", stanza->kind) < 0)
        return -1;
    for (size_t i = 0; i < stanza->arg_count; i++) {
        if (buf_printf(text, " %s", stanza->args[i]) < 0)
            return -1;
    }
    if (buf_add_text(text, "\n") < 0)
        return -1;

    /* <=, since a body that fills its lines is ended by an empty one. */
    for (size_t at = 0; at <= stanza->body_len; at += BODY_LINE_BYTES) {
        size_t left = stanza->body_len - at;
        size_t len = left < BODY_LINE_BYTES ? left : BODY_LINE_BYTES;

        line[0] = '\0';
        if (len > 0)
            base64_encode(line, stanza->body + at, len);
        if (buf_printf(text, "%s\n", line) < 0)
            return -1;
    }
    return 0;
}

static int add_header_text(struct buf *text, const struct age_stanza *stanzas, size_t count,
                           const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    unsigned char mac[AGE_MAC_SIZE];
    char mac_text[MAC_CHARS + 1];

    if (buf_add_text(text, VERSION_LINE) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (add_stanza_text(text, &stanzas[i]) < 0)
            return -1;
    }
    if (buf_add_text(text, CLOSING_PREFIX) < 0)
        return -1;
    compute_mac(mac, text->data, text->len, file_key);
    base64_encode(mac_text, mac, sizeof(mac));
    if (buf_printf(text, " %s\n", mac_text) < 0)
        return -1;
    if (text->len > AGE_HEADER_MAX)
        return error_set("too many recipients: the drop's header would be longer than %d bytes",
                         AGE_HEADER_MAX);
    return 0;
}

int age_header_write(const struct writer *out, const struct age_stanza *stanzas, size_t count,
                     const unsigned char file_key[AGE_FILE_KEY_SIZE])
{
    struct buf text = {0};
    int result;

    if (age_init() < 0)
        return -1;
    result = add_header_text(&text, stanzas, count, file_key);
    if (result == 0)
        result = writer_put(out, text.data, text.len);
    buf_free(&text);
    return result;
}
