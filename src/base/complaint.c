#include "base/complaint.h"

#include <string.h>

void complaint_add(struct complaint *c, const char *said, size_t len)
{
    size_t keep = c->tail_len + len > COMPLAINT_TAIL ? COMPLAINT_TAIL - len : c->tail_len;

    if (!c->tail_cut && keep < c->tail_len)
        memcpy(c->head, c->tail, COMPLAINT_HEAD); /* there is more than that, or it would fit */
    c->tail_cut = c->tail_cut || keep < c->tail_len;
    memmove(c->tail, c->tail + c->tail_len - keep, keep);
    memcpy(c->tail + keep, said, len);
    c->tail_len = keep + len;
}

int complaint_tell(struct complaint *c, struct buf *line)
{
    const char *tail = c->tail;

    c->tail[c->tail_len] = '\0';
    if (c->tail_cut) {
        if (strchr(tail, '\n') != NULL)
            tail = strchr(tail, '\n') + 1; /* the first line is not whole */
        if (buf_add(line, c->head, strcspn(c->head, "\n")) != 0 || buf_add_text(line, " ... ") != 0)
            return -1;
    }
    if (buf_add_text(line, tail) != 0)
        return -1;
    if (line->len == 0)
        return 0;
    while (line->len > 0 && line->data[line->len - 1] == '\n')
        line->data[--line->len] = '\0';
    for (char *at = line->data; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
    return 0;
}
