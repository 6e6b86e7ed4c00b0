/* pg_restore as a child: the real one where no database is needed, and a script that shows what a
 * run is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "archive_memory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "pg/pgrestore.h"
#include "pg/tools.h"

/* No server listens there. */
#define CONNINFO "host=127.0.0.1 port=1 user=u dbname=d"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void add_of_section(struct toc *toc, int dump_id, const char *desc, const char *tag,
                           int section)
{
    struct toc_entry *e = add_entry(toc, dump_id, desc, tag, "SELECT 1;\n", false);

    e->section = section;
    e->schema = copy_of("public");
}

/* An archive that pg_restore 15 reads, to be freed: two tables with their rows, of which one has a
 * name that would pass for an entry, and an index. */
static struct buf make_archive(void)
{
    const struct archive_header h = {.minor = 14, .compression = ARCHIVE_PLAIN};
    struct wire_to_memory w;
    struct toc toc = {0};
    struct buf archive = {0};

    wire_to_memory_init(&w);
    add_of_section(&toc, 11, "TABLE", "t", TOC_SECTION_PRE_DATA);
    add_of_section(&toc, 12, "TABLE", "odd\n99; 0 0 TABLE public u app", TOC_SECTION_PRE_DATA);
    add_of_section(&toc, 22, "TABLE DATA", "odd\n99; 0 0 TABLE public u app", TOC_SECTION_DATA);
    add_of_section(&toc, 21, "TABLE DATA", "t", TOC_SECTION_DATA);
    add_of_section(&toc, 31, "INDEX", "i", TOC_SECTION_POST_DATA);
    for (size_t i = 2; i < 4; i++)
        toc.entries[i].had_dumper = true;
    assert_int_equal(archive_header_write(&h, &w.out), 0);
    assert_int_equal(toc_write(&toc, &w.out, h.minor), 0);
    assert_int_equal(wire_flush(&w.out), 0);
    assert_int_equal(buf_add(&archive, w.to.data, w.to.len), 0);
    toc_free(&toc);
    free(w.to.data);
    return archive;
}

/* The real one; the test is left out where there is none. */
static void find_pg_restore(struct pg_tool *tool)
{
    if (pg_tool_find(tool, "pg_restore", 15) != 0)
        skip();
}

static int list(const char *const *user, struct buf *text)
{
    struct buf archive = make_archive();
    struct pg_tool tool;
    int rc;

    *text = (struct buf){0};
    find_pg_restore(&tool);
    rc = pg_restore_list(tool.path, &archive, user, text);
    pg_tool_free(&tool);
    buf_free(&archive);
    return rc;
}

/* The dump ids, each with a space behind it. */
static void assert_ids(const char *text, const char *expected)
{
    const char *at = text;
    struct buf found = {0};
    int id, rc;

    while ((rc = pg_restore_list_next(&at, &id)) > 0)
        assert_int_equal(buf_printf(&found, "%d ", id), 0);
    assert_int_equal(rc, 0);
    assert_string_equal(buf_text(&found), expected);
    buf_free(&found);
}

static void assert_listed(const char *const *user, const char *expected)
{
    struct buf text;

    assert_int_equal(list(user, &text), 0);
    assert_ids(buf_text(&text), expected);
    buf_free(&text);
}

static void the_real_one_lists_what_the_options_select(void **state)
{
    (void)state;
    assert_listed(NULL, "11 12 22 21 31 ");
    assert_listed(WORDS("-t", "t"), "11 21 ");
    assert_listed(WORDS("--section=post-data"), "31 ");
    assert_listed(WORDS("-I", "nosuch"), "");
}

static void what_the_real_one_says_against_it_is_the_error(void **state)
{
    struct buf text;

    (void)state;
    assert_int_equal(list(WORDS("--strict-names", "-t", "nosuch"), &text), -1);
    assert_string_equal(error_text(), "pg_restore: error: table \"nosuch\" not found");
    buf_free(&text);
    assert_int_equal(list(WORDS("--frob"), &text), -1);
    assert_error_has("unrecognized option");
    buf_free(&text);
}

static void a_list_is_read_line_by_line(void **state)
{
    (void)state;
    assert_ids("", "");
    assert_ids(";\n; Selected TOC Entries:\n;\n\n  \n3376; 0 0 COMMENT public TABLE foo postgres\n"
               "3369; 0 0 BLOBS - BLOBS \n7; 1 2 TABLE - t",
               "3376 3369 7 ");
}

static void a_line_that_is_no_entry_is_an_error(void **state)
{
    static const char *const lines[] = {"name\n", "12 0\n", "0; 0 0 TABLE\n", "99999999999; 0\n",
                                        "-1; 0\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *at = lines[i];
        int id;

        assert_int_equal(pg_restore_list_next(&at, &id), -1);
        assert_error_has("none of its own");
    }
}

static char script[] = "/tmp/pgrestore_test.XXXXXX";

/* A program that shows its command line, what it has of the environment, and what it reads. */
static int make_script(void **state)
{
    static const char text[] = "#!/bin/sh\n"
                               "for word; do echo \"[$word]\"; done\n"
                               "echo \"LC_ALL=$LC_ALL LC_MESSAGES=$LC_MESSAGES LANG=$LANG "
                               "LANGUAGE=$LANGUAGE LC_CTYPE=$LC_CTYPE\"\n"
                               "[ -z \"$PGPASSFILE\" ] || cat \"$PGPASSFILE\"\n"
                               "for word; do case $word in\n"
                               "--use-list=*) cat \"${word#--use-list=}\" ;;\n"
                               "/dev/fd/*) cat \"$word\" ;;\n"
                               "esac; done\n"
                               "cat\n";
    int fd;

    (void)state;
    memcpy(script + sizeof(script) - 7, "XXXXXX", 6);
    fd = mkstemp(script);
    if (fd < 0 || write(fd, text, sizeof(text) - 1) < 0 || fchmod(fd, 0700) != 0)
        return -1;
    return close(fd);
}

static int remove_script(void **state)
{
    (void)state;
    return unlink(script);
}

static PGconn *begin(const char *conninfo)
{
    PGconn *conn = PQconnectStart(conninfo);

    assert_non_null(conn);
    return conn;
}

/* Everything the script shows, to be freed. */
static char *shown(struct pg_restore_options options, const char *input)
{
    PGconn *conn = begin(options.conninfo);
    struct child *c;
    struct buf text = {0};
    struct reader r;
    ssize_t n;

    options.path = script;
    options.conn = conn;
    c = pg_restore_start(&options);
    assert_non_null(c);
    if (input != NULL) {
        struct writer w = child_input(c);

        assert_int_equal(writer_put(&w, input, strlen(input)), 0);
        child_input_end(c);
    }
    r = child_output(c);
    assert_int_equal(buf_reserve(&text, 10000), 0);
    n = reader_fill(&r, text.data, 9999);
    assert_true(n > 0);
    text.data[n] = '\0';
    assert_int_equal(child_wait(c), 0);
    child_free(c);
    PQfinish(conn);
    return text.data;
}

static void assert_shows(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void a_run_is_given_all_options_in_order(void **state)
{
    int archive = os_memory_file("archive", "archive\n", 8);
    int ids = os_memory_file("list", "11;\n", 4);
    char ending[128];
    char *text = shown((struct pg_restore_options){.conninfo = CONNINFO,
                                                   .own = WORDS("--no-acl", "--jobs=4"),
                                                   .user = WORDS("-O"),
                                                   .archive = archive,
                                                   .list = ids},
                       NULL);

    (void)state;
    assert_memory_equal(
        text, "[--format=custom]\n[--verbose]\n[--no-password]\n[--dbname]\n[host=",
        strlen("[--format=custom]\n[--verbose]\n[--no-password]\n[--dbname]\n[host="));
    snprintf(ending, sizeof(ending),
             "]\n[--no-acl]\n[--jobs=4]\n[-O]\n[--use-list=/dev/fd/%d]\n[/dev/fd/%d]\n", ids,
             archive);
    assert_shows(text, ending);
    assert_shows(text, "\n11;\narchive\n");
    assert_null(strstr(text, "maintenance_work_mem"));
    free(text);
    close(archive);
    close(ids);
}

static void an_archive_may_come_through_a_pipe(void **state)
{
    char *text =
        shown((struct pg_restore_options){.conninfo = CONNINFO, .archive = CHILD_PIPED, .list = -1},
              "piped");

    (void)state;
    assert_null(strstr(text, "/dev/fd/"));
    assert_string_equal(text + strlen(text) - 5, "piped");
    free(text);
}

static void the_password_comes_by_a_file_only(void **state)
{
    char *text = shown((struct pg_restore_options){.conninfo = CONNINFO " password=secret",
                                                   .archive = CHILD_PIPED,
                                                   .list = -1},
                       "");

    (void)state;
    assert_shows(text, "\n*:*:*:*:secret\n");
    assert_null(strstr(strstr(text, "secret") + 1, "secret"));
    free(text);
}

static void messages_are_in_english_and_texts_in_the_users_encoding(void **state)
{
    char *text;

    (void)state;
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("LC_MESSAGES", "de_DE.UTF-8", 1);
    setenv("LANGUAGE", "de:fr", 1);
    setenv("LANG", "de_DE.UTF-8", 1);
    setenv("LC_CTYPE", "C.UTF-8", 1);
    text = shown(
        (struct pg_restore_options){.conninfo = CONNINFO, .archive = CHILD_PIPED, .list = -1}, "");
    assert_shows(text, "LC_ALL= LC_MESSAGES=C LANG=de_DE.UTF-8 LANGUAGE= LC_CTYPE=C.UTF-8\n");
    free(text);
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    unsetenv("LANGUAGE");
    unsetenv("LANG");
    unsetenv("LC_CTYPE");
}

static char *shown_with_memory(const char *conninfo)
{
    return shown((struct pg_restore_options){.conninfo = conninfo,
                                             .archive = CHILD_PIPED,
                                             .list = -1,
                                             .maintenance_work_mem = "262144kB"},
                 "");
}

static void memory_for_indexes_is_added_to_the_options_for_the_server(void **state)
{
    char *text;

    (void)state;
    text = shown_with_memory(CONNINFO);
    assert_shows(text, " options=' -c maintenance_work_mem=262144kB']\n");
    free(text);

    setenv("PGOPTIONS", "-c work_mem=1MB", 1);
    text = shown_with_memory(CONNINFO);
    assert_shows(text, " options='-c work_mem=1MB -c maintenance_work_mem=262144kB']\n");
    free(text);

    text = shown_with_memory(CONNINFO " options='-c application_name=it\\'s'");
    assert_shows(text, " options='-c application_name=it\\'s -c maintenance_work_mem=262144kB']\n");
    free(text);
    unsetenv("PGOPTIONS");
}

static void the_real_one_fails_where_no_server_is(void **state)
{
    struct buf content = make_archive();
    int archive = os_memory_file("archive", content.data, content.len);
    PGconn *conn = begin(CONNINFO);
    struct pg_tool tool;
    struct child *c;

    (void)state;
    assert_true(archive >= 0);
    find_pg_restore(&tool);
    c = pg_restore_start(&(struct pg_restore_options){
        .path = tool.path, .conninfo = CONNINFO, .conn = conn, .archive = archive, .list = -1});
    assert_non_null(c);
    assert_int_equal(child_wait(c), -1);
    assert_error_has("pg_restore: error: connection to server at");
    child_free(c);
    PQfinish(conn);
    pg_tool_free(&tool);
    close(archive);
    buf_free(&content);
}

#define WITH_SCRIPT(name) cmocka_unit_test_setup_teardown(name, make_script, remove_script)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_one_lists_what_the_options_select),
        cmocka_unit_test(what_the_real_one_says_against_it_is_the_error),
        cmocka_unit_test(a_list_is_read_line_by_line),
        cmocka_unit_test(a_line_that_is_no_entry_is_an_error),
        WITH_SCRIPT(a_run_is_given_all_options_in_order),
        WITH_SCRIPT(an_archive_may_come_through_a_pipe),
        WITH_SCRIPT(the_password_comes_by_a_file_only),
        WITH_SCRIPT(messages_are_in_english_and_texts_in_the_users_encoding),
        WITH_SCRIPT(memory_for_indexes_is_added_to_the_options_for_the_server),
        cmocka_unit_test(the_real_one_fails_where_no_server_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
