#include "archive_memory.h"

#include "archive/header.h"

/* Reads the bytes as a header. */
static int read_header(struct archive_header *h, const void *bytes, size_t len)
{
    static struct wire_in in;
    struct memory m = {.data = (unsigned char *)(uintptr_t)bytes, .len = len};

    wire_in_init(&in, memory_reader(&m));
    return archive_header_read(h, &in);
}

static void a_header_comes_back_as_it_was(int minor, enum archive_compression compression)
{
    static struct wire_to_memory made;
    struct archive_header h = {.minor = minor,
                               .revision = 1,
                               .compression = compression,
                               .created = {59, 58, 23, 31, 11, 126, -1},
                               .database = copy_of("app"),
                               .server_version = NULL,
                               .pg_dump_version = copy_of("18.4")};
    struct archive_header back;

    wire_to_memory_init(&made);
    assert_int_equal(archive_header_write(&h, &made.out), 0);
    assert_int_equal(wire_flush(&made.out), 0);
    assert_int_equal(read_header(&back, made.to.data, made.to.len), 0);
    assert_int_equal(back.minor, minor);
    assert_int_equal(back.revision, 1);
    assert_int_equal(back.compression, compression);
    assert_memory_equal(back.created, h.created, sizeof(h.created));
    assert_string_equal(back.database, "app");
    assert_null(back.server_version);
    assert_string_equal(back.pg_dump_version, "18.4");
    for (size_t cut = 0; cut < made.to.len; cut++) {
        archive_header_free(&back);
        assert_int_equal(read_header(&back, made.to.data, cut), -1);
    }
    archive_header_free(&back);
    archive_header_free(&h);
    free(made.to.data);
}

static void headers_of_all_versions_come_back_and_no_cut_one_does(void **state)
{
    (void)state;
    a_header_comes_back_as_it_was(14, ARCHIVE_PLAIN);
    a_header_comes_back_as_it_was(14, ARCHIVE_GZIP);
    a_header_comes_back_as_it_was(15, ARCHIVE_ZSTD);
    a_header_comes_back_as_it_was(16, ARCHIVE_LZ4);
}

static void the_compression_is_a_byte_from_version_15_and_a_level_before(void **state)
{
    static const char v14[] = "PGDMP\1\16\0\4\10\1"
                              "\0\6\0\0\0";
    static const char v15[] = "PGDMP\1\17\0\4\10\1"
                              "\3";
    struct archive_header h;

    (void)state;
    /* Both end there, but what was read stays. */
    assert_int_equal(read_header(&h, v14, sizeof(v14) - 1), -1);
    assert_int_equal(h.compression, ARCHIVE_GZIP);
    assert_int_equal(read_header(&h, v15, sizeof(v15) - 1), -1);
    assert_int_equal(h.compression, ARCHIVE_ZSTD);
}

static void what_is_not_known_is_refused_and_named(void **state)
{
    static const struct {
        const char *bytes, *error;
    } cases[] = {
        {"-- PostgreSQL database dump", "not a pg_dump archive"},
        {"PGDMP\1\15\0\4\10\1", "version 1.13"},
        {"PGDMP\1\21\0\4\10\1", "version 1.17"},
        {"PGDMP\2\20\0\4\10\1", "version 2.16"},
        {"PGDMP\1\20\0\10\10\1", "integers of 8 bytes"},
        {"PGDMP\1\20\0\4\4\1", "offsets of 4 bytes"},
        {"PGDMP\1\20\0\4\10\3", "format 3"},
        {"PGDMP\1\20\0\4\10\1\4", "compression, number 4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct archive_header h;
        char bytes[64] = {0};

        memcpy(bytes, cases[i].bytes, 12); /* with NULs in it, and of no less than that */
        assert_int_equal(read_header(&h, bytes, sizeof(bytes)), -1);
        assert_error_has(cases[i].error);
        archive_header_free(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_all_versions_come_back_and_no_cut_one_does),
        cmocka_unit_test(the_compression_is_a_byte_from_version_15_and_a_level_before),
        cmocka_unit_test(what_is_not_known_is_refused_and_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
