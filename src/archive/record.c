#include "archive/record.h"

#include <string.h>

#include "base/error.h"

/* Where the fields are, as record.h has it. */
enum {
    AT_MAGIC = 0,
    AT_LENGTH = 4,
    AT_TAG = 8,
    AT_VERSION = 12,
    AT_KIND = 13,
    AT_ROWS = 16,
    AT_BYTES = 24,
    AT_FIRST_PAGE = 32,
    AT_END_PAGE = 36,
    AT_HASH = 40,
};

#define FRAME_HEADER 8
#define MAGIC        0x184D2A50u
#define VERSION      1

static const char tag[4] = {'D', 'D', 'c', 'k'};

static void put(unsigned char *at, uint64_t value, int size)
{
    for (int i = 0; i < size; i++, value >>= 8)
        at[i] = (unsigned char)value;
}

static uint64_t get(const unsigned char *at, int size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | at[size];
    return value;
}

void archive_record_encode(const struct archive_record *record,
                           unsigned char bytes[ARCHIVE_RECORD_SIZE])
{
    memset(bytes, 0, ARCHIVE_RECORD_SIZE);
    put(bytes + AT_MAGIC, MAGIC, 4);
    put(bytes + AT_LENGTH, ARCHIVE_RECORD_SIZE - FRAME_HEADER, 4);
    memcpy(bytes + AT_TAG, tag, sizeof(tag));
    put(bytes + AT_VERSION, VERSION, 1);
    put(bytes + AT_KIND, record->kind, 1);
    put(bytes + AT_ROWS, record->rows, 8);
    put(bytes + AT_BYTES, record->bytes, 8);
    put(bytes + AT_FIRST_PAGE, record->first_page, 4);
    put(bytes + AT_END_PAGE, record->end_page, 4);
    sethash_store(&record->hash, bytes + AT_HASH);
}

int archive_record_put(const struct archive_record *record, struct wire_out *out)
{
    unsigned char bytes[ARCHIVE_RECORD_SIZE];

    archive_record_encode(record, bytes);
    if (wire_put_int(out, ARCHIVE_RECORD_SIZE) != 0)
        return -1;
    return wire_put_bytes(out, bytes, sizeof(bytes));
}

bool archive_record_begins(const unsigned char *bytes, size_t len)
{
    return len >= FRAME_HEADER && get(bytes + AT_MAGIC, 4) == MAGIC;
}

int archive_record_decode(struct archive_record *record, const unsigned char *bytes, size_t len)
{
    uint64_t kind;

    if (!archive_record_begins(bytes, len) || get(bytes + AT_LENGTH, 4) != len - FRAME_HEADER)
        return error_set("the archive is damaged: a skippable frame is not alone in its piece");
    if (len <= AT_VERSION || memcmp(bytes + AT_TAG, tag, sizeof(tag)) != 0 ||
        bytes[AT_VERSION] != VERSION)
        return 0;
    kind = len == ARCHIVE_RECORD_SIZE ? bytes[AT_KIND] : 0;
    if (kind != ARCHIVE_RECORD_ROWS && kind != ARCHIVE_RECORD_BYTES)
        return error_set("the archive is damaged: a chunk record that is none");
    *record = (struct archive_record){
        .kind = (enum archive_record_kind)kind,
        .rows = get(bytes + AT_ROWS, 8),
        .bytes = get(bytes + AT_BYTES, 8),
        .first_page = (uint32_t)get(bytes + AT_FIRST_PAGE, 4),
        .end_page = (uint32_t)get(bytes + AT_END_PAGE, 4),
    };
    sethash_load(&record->hash, bytes + AT_HASH);
    return 1;
}
