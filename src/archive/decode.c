#include "archive/decode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/error.h"

#define INPUT_BUFFER (64 * 1024)

struct archive_decoder {
    struct archive_reader *reader;
    enum archive_compression compression;
    ZSTD_DStream *zstd;
    ZSTD_inBuffer in;
    struct archive_record_observer observer;
    uint64_t frames;   /* how many have ended */
    bool in_frame;     /* a frame has begun and not ended */
    bool frame_ended;  /* it ended with the last byte read, and so must its piece */
    bool holds_output; /* the decompressor may hold output that did not fit */
    bool skipping;     /* the frame is a skippable one */
    unsigned char buffer[INPUT_BUFFER];
};

struct archive_decoder *archive_decoder_new(struct archive_reader *r)
{
    enum archive_compression compression = archive_reader_header(r)->compression;
    struct archive_decoder *d;

    if (compression != ARCHIVE_PLAIN && compression != ARCHIVE_ZSTD) {
        error_set("the archive is compressed with %s: drops are plain or zstd",
                  compression == ARCHIVE_GZIP ? "gzip" : "lz4");
        return NULL;
    }
    d = calloc(1, sizeof(*d));
    if (d == NULL || (d->zstd = ZSTD_createDStream()) == NULL) {
        error_set("out of memory");
        free(d);
        return NULL;
    }
    d->reader = r;
    d->compression = compression;
    d->in.src = d->buffer;
    return d;
}

void archive_decoder_free(struct archive_decoder *d)
{
    if (d == NULL)
        return;
    ZSTD_freeDStream(d->zstd);
    free(d);
}

/*
 * Reads 1 to len bytes of the pieces' bytes; 0 where they end. *new_piece becomes true where they
 * are a piece's first, and is left alone otherwise.
 */
static ssize_t read_pieces(struct archive_decoder *d, void *buf, size_t len, bool *new_piece)
{
    for (;;) {
        ssize_t n = archive_reader_read_piece(d->reader, buf, len);
        size_t piece;
        int more;

        if (n != 0)
            return n;
        more = archive_reader_next_piece(d->reader, &piece);
        if (more <= 0)
            return more;
        *new_piece = true;
    }
}

/* Completes a piece's first n bytes in the buffer. Returns how many they are now; less than it
 * holds where that is all of the piece; -1 with the error set. */
static ssize_t fill_piece(struct archive_decoder *d, ssize_t n)
{
    size_t len = (size_t)n;

    while (n > 0 && len < sizeof(d->buffer)) {
        n = archive_reader_read_piece(d->reader, d->buffer + len, sizeof(d->buffer) - len);
        if (n > 0)
            len += (size_t)n;
    }
    return n < 0 ? -1 : (ssize_t)len;
}

/* Tells of the piece's record, if it is one of a kind that is known. */
static int tell_record(struct archive_decoder *d, size_t len)
{
    struct archive_record record;
    int known = archive_record_decode(&record, d->buffer, len);

    if (known <= 0 || d->observer.met == NULL)
        return known < 0 ? -1 : 0;
    return d->observer.met(d->observer.self, &record);
}

/* As read_pieces(), into the buffer; records are told of and left out. */
static ssize_t read_frames(struct archive_decoder *d, bool *new_piece)
{
    for (;;) {
        ssize_t n = read_pieces(d, d->buffer, sizeof(d->buffer), new_piece);

        if (n <= 0 || !*new_piece || d->in_frame)
            return n;
        n = fill_piece(d, n);
        if (n < 0)
            return -1;
        d->skipping = archive_record_begins(d->buffer, (size_t)n);
        if (!d->skipping || (size_t)n == sizeof(d->buffer))
            return n;
        if (tell_record(d, (size_t)n) != 0)
            return -1;
    }
}

/* Reads more compressed bytes. Returns 1, 0 where the data ends, -1 with the error set. */
static int feed(struct archive_decoder *d)
{
    bool new_piece = false;
    ssize_t n = read_frames(d, &new_piece);

    if (n < 0)
        return -1;
    if (n == 0)
        return d->in_frame ? error_set("the archive is damaged: a zstd frame has no end") : 0;
    if (d->frame_ended && !new_piece)
        return error_set("the archive is damaged: a piece goes on behind its zstd frame");
    d->frame_ended = false;
    d->in.size = (size_t)n;
    d->in.pos = 0;
    return 1;
}

static ssize_t decompress(struct archive_decoder *d, void *buf, size_t len)
{
    ZSTD_outBuffer out = {.dst = buf, .size = len};

    while (out.pos == 0) {
        size_t left;

        if (d->in.pos == d->in.size && !d->holds_output) {
            int more = feed(d);

            if (more <= 0)
                return more;
        }
        left = ZSTD_decompressStream(d->zstd, &out, &d->in);
        if (ZSTD_isError(left))
            return error_set("the archive is damaged: %s", ZSTD_getErrorName(left));
        d->frame_ended = left == 0;
        d->frames += d->frame_ended && !d->skipping;
        d->in_frame = left != 0;
        d->holds_output = d->in_frame && out.pos == out.size;
        if (d->frame_ended && d->in.pos < d->in.size)
            return error_set("the archive is damaged: a piece goes on behind its zstd frame");
    }
    return (ssize_t)out.pos;
}

static ssize_t read_plain(void *self, void *buf, size_t len)
{
    struct archive_decoder *d = self;
    bool new_piece;

    if (d->compression == ARCHIVE_PLAIN)
        return read_pieces(d, buf, len, &new_piece);
    return decompress(d, buf, len);
}

struct reader archive_decoder_output(struct archive_decoder *d)
{
    return (struct reader){.read = read_plain, .self = d};
}

void archive_decoder_observe_records(struct archive_decoder *d,
                                     struct archive_record_observer observer)
{
    d->observer = observer;
}

uint64_t archive_decoder_frames(const struct archive_decoder *d)
{
    return d->frames;
}
