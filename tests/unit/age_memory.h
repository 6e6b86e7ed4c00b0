/* For the tests of src/age: a reader and a writer of memory, and two known key pairs. */
#ifndef TESTS_AGE_MEMORY_H
#define TESTS_AGE_MEMORY_H

#include "age/identity.h"
#include "base/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As age-keygen 1.1 made them. */
#define ALICE_SECRET "AGE-SECRET-KEY-14F596VEEKC3XAGA0QRZ26W8KNP7SPM0EMP055PV7KKV0FMXLX77Q6L75HM"
#define ALICE_PUBLIC "age1kfx7z8kge440swv8870722f3hef8addfnfl6gg92rak3cuvjgppqqx2xap"
#define BOB_SECRET   "AGE-SECRET-KEY-1QCWSUJ6PRZJ30FDVTRX75NWUUED0M59U7VS9WFKPLYM8F3Z3VRJQ3W490J"
#define BOB_PUBLIC   "age1dah83qcn0xq44f4l2fx38mzyt5vgmguzwjt4qwhuxj9lt4gf0fdq3htv8y"

struct memory {
    unsigned char *data;
    size_t len;
    size_t at;   /* how much was read */
    size_t step; /* read at most so much at a time; 0: no limit */
    bool ended;
};

static inline ssize_t memory_read(void *self, void *buf, size_t len)
{
    struct memory *m = self;

    assert_false(m->ended);
    assert_true(len > 0);
    if (m->step > 0 && len > m->step)
        len = m->step;
    if (len > m->len - m->at)
        len = m->len - m->at;
    if (len > 0)
        memcpy(buf, m->data + m->at, len);
    m->at += len;
    m->ended = len == 0;
    return (ssize_t)len;
}

static inline int memory_write(void *self, const void *buf, size_t len)
{
    struct memory *m = self;

    m->data = realloc(m->data, m->len + len);
    assert_non_null(m->data);
    memcpy(m->data + m->len, buf, len);
    m->len += len;
    return 0;
}

static inline struct reader memory_reader(struct memory *m)
{
    return (struct reader){.read = memory_read, .self = m};
}

static inline struct writer memory_writer(struct memory *m)
{
    return (struct writer){.write = memory_write, .self = m};
}

/* A memory to read the text from; it is not to be freed. */
static inline struct memory memory_of_text(const char *text)
{
    return (struct memory){.data = (unsigned char *)(uintptr_t)text, .len = strlen(text)};
}

static inline void add_recipient(struct age_recipients *set, const char *text)
{
    assert_int_equal(age_recipients_parse(set, text), 0);
}

static inline void add_identity(struct age_identities *list, const char *text)
{
    struct age_identity *identity = age_identity_parse(text);

    assert_non_null(identity);
    assert_int_equal(age_identities_add(list, identity), 0);
}

#endif
