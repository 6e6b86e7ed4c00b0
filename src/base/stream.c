#include "base/stream.h"

ssize_t reader_fill(const struct reader *r, void *buf, size_t len)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = r->read(r->self, (char *)buf + got, len - got);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

int writer_put(const struct writer *w, const void *buf, size_t len)
{
    return len == 0 ? 0 : w->write(w->self, buf, len);
}
