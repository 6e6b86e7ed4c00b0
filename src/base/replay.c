#include "base/replay.h"

#include <string.h>

static ssize_t read_seen(struct replay *replay, void *buf, size_t len)
{
    size_t left = replay->seen.len - replay->at;

    if (len > left)
        len = left;
    memcpy(buf, replay->seen.data + replay->at, len);
    replay->at += len;
    if (replay->at == replay->seen.len)
        buf_free(&replay->seen);
    return (ssize_t)len;
}

static ssize_t replay_read(void *self, void *buf, size_t len)
{
    struct replay *replay = self;
    ssize_t n;

    if (replay->rewound && replay->seen.len > 0)
        return read_seen(replay, buf, len);
    n = replay->in.read(replay->in.self, buf, len);
    if (n > 0 && !replay->rewound && buf_add(&replay->seen, buf, (size_t)n) != 0)
        return -1;
    return n;
}

void replay_init(struct replay *replay, struct reader in)
{
    *replay = (struct replay){.in = in};
}

struct reader replay_reader(struct replay *replay)
{
    return (struct reader){.read = replay_read, .self = replay};
}

void replay_rewind(struct replay *replay)
{
    replay->rewound = true;
}

void replay_free(struct replay *replay)
{
    buf_free(&replay->seen);
}
