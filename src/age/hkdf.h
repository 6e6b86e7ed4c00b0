/* HKDF with SHA-256 (RFC 5869), as far as age needs it: one block of output. */
#ifndef AGE_HKDF_H
#define AGE_HKDF_H

#include <stddef.h>

#define HKDF_SIZE 32

/*
 * Derives a key of HKDF_SIZE bytes from the input key, the salt (NULL and 0 for none) and the info
 * text. Cannot fail. What it computed on the way is wiped.
 */
void hkdf_sha256(unsigned char out[HKDF_SIZE], const unsigned char *key, size_t key_len,
                 const unsigned char *salt, size_t salt_len, const char *info);

#endif
