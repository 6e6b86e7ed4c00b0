#include "archive/header.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const unsigned char magic[5] = {'P', 'G', 'D', 'M', 'P'};

#define FORMAT_CUSTOM 1

static int read_fixed(struct archive_header *h, struct wire_in *in)
{
    unsigned char raw[sizeof(magic) + 6];
    const unsigned char *field = raw + sizeof(magic);

    if (wire_get_bytes(in, raw, sizeof(raw)) != 0)
        return -1;
    if (memcmp(raw, magic, sizeof(magic)) != 0)
        return error_set("not a pg_dump archive in custom format (-Fc)");
    if (field[0] != 1 || field[1] < ARCHIVE_MINOR_OLDEST || field[1] > ARCHIVE_MINOR_NEWEST)
        return error_set("archives of version %d.%d are not known here: pg_dump 12 to 18 write "
                         "1.%d to 1.%d",
                         field[0], field[1], ARCHIVE_MINOR_OLDEST, ARCHIVE_MINOR_NEWEST);
    if (field[3] != 4 || field[4] != 8 || field[5] != FORMAT_CUSTOM)
        return error_set("an archive with integers of %d bytes, offsets of %d bytes and format %d "
                         "is not known here (4, 8 and 1 are)",
                         field[3], field[4], field[5]);
    h->minor = field[1];
    h->revision = field[2];
    return 0;
}

static int read_compression(struct archive_header *h, struct wire_in *in)
{
    unsigned char algorithm;
    int level;

    if (h->minor >= ARCHIVE_MINOR_ZSTD) {
        if (wire_get_byte(in, &algorithm) != 0)
            return -1;
        if (algorithm > ARCHIVE_ZSTD)
            return error_set("the archive's compression, number %d, is not known", algorithm);
        h->compression = (enum archive_compression)algorithm;
        return 0;
    }
    if (wire_get_int(in, &level) != 0)
        return -1;
    h->compression = level == 0 ? ARCHIVE_PLAIN : ARCHIVE_GZIP;
    return 0;
}

int archive_header_read(struct archive_header *h, struct wire_in *in)
{
    *h = (struct archive_header){0};
    if (read_fixed(h, in) != 0 || read_compression(h, in) != 0)
        return -1;
    for (int i = 0; i < 7; i++)
        if (wire_get_int(in, &h->created[i]) != 0)
            return -1;
    if (wire_get_string(in, &h->database) != 0 || wire_get_string(in, &h->server_version) != 0)
        return -1;
    return wire_get_string(in, &h->pg_dump_version);
}

int archive_header_write(const struct archive_header *h, struct wire_out *out)
{
    const unsigned char fixed[6] = {
        1, (unsigned char)h->minor, (unsigned char)h->revision, 4, 8, FORMAT_CUSTOM};
    int rc;

    if (wire_put_bytes(out, magic, sizeof(magic)) != 0 ||
        wire_put_bytes(out, fixed, sizeof(fixed)) != 0)
        return -1;
    if (h->minor >= ARCHIVE_MINOR_ZSTD)
        rc = wire_put_byte(out, (unsigned char)h->compression);
    else
        rc = wire_put_int(out, h->compression == ARCHIVE_PLAIN ? 0 : -1);
    if (rc != 0)
        return -1;
    for (int i = 0; i < 7; i++)
        if (wire_put_int(out, h->created[i]) != 0)
            return -1;
    if (wire_put_string(out, h->database) != 0 || wire_put_string(out, h->server_version) != 0)
        return -1;
    return wire_put_string(out, h->pg_dump_version);
}

int archive_header_copy(struct archive_header *to, const struct archive_header *from)
{
    *to = *from;
    to->database = to->server_version = to->pg_dump_version = NULL;
    if (wire_copy_string(&to->database, from->database) != 0 ||
        wire_copy_string(&to->server_version, from->server_version) != 0)
        return -1;
    return wire_copy_string(&to->pg_dump_version, from->pg_dump_version);
}

void archive_header_free(struct archive_header *h)
{
    free(h->database);
    free(h->server_version);
    free(h->pg_dump_version);
    *h = (struct archive_header){0};
}
