/*
 * Bech32, the text form of age's keys: a human-readable part, the digit 1, five bits a character,
 * and a checksum of six characters (BIP 173, without its limit of 90 characters).
 *
 * Neither function allocates, so that no copy of a secret key is left behind.
 */
#ifndef AGE_BECH32_H
#define AGE_BECH32_H

#include <stddef.h>

/* The room that hrp_len characters in front of data_len bytes take, with the NUL at the end. */
#define BECH32_SIZE(hrp_len, data_len) ((hrp_len) + 1 + ((data_len)*8 + 4) / 5 + 6 + 1)

/*
 * Writes hrp and the data to text, which has room for BECH32_SIZE(strlen(hrp), data_len) bytes.
 * An hrp in capitals makes a text in capitals. hrp is of one case and not empty.
 */
void bech32_encode(char *text, const char *hrp, const unsigned char *data, size_t data_len);

/*
 * Reads a text whose human-readable part must be hrp, in hrp's case, into the room of data_size
 * bytes. Returns 0 and how many bytes there were in *data_len, or -1 with an error that says what
 * is wrong without quoting any of the text; nothing of the text is left in data then.
 */
int bech32_decode(const char *text, const char *hrp, unsigned char *data, size_t data_size,
                  size_t *data_len);

#endif
