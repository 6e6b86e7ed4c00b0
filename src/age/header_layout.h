/* What header_read.c and header.c share, for them alone. The layout is drawn in header.h. */
#ifndef AGE_HEADER_LAYOUT_H
#define AGE_HEADER_LAYOUT_H

#include "age/base64.h"
#include "age/header.h"

#define VERSION_LINE    "age-encryption.org/v1\n"
#define STANZA_PREFIX   "-> "
#define BODY_LINE_BYTES 48
#define BODY_LINE_CHARS BASE64_LEN(BODY_LINE_BYTES)
/* The MAC covers all up to here; behind it stand a space, MAC_CHARS characters, and a newline. */
#define CLOSING_PREFIX "---"
#define MAC_CHARS      BASE64_LEN(AGE_MAC_SIZE)

#endif
