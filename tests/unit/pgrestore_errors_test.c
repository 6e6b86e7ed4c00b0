/* What pg_restore says: texts of real runs of 15, 16 and 18, shortened by lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "pg/pgrestore_errors.h"

/* Notes in `self` what is told, a line each. */
static void note_failed(void *self, int dump_id, const char *message)
{
    assert_int_equal(buf_printf(self, "%d: %s\n", dump_id, message), 0);
}

static void note_warned(void *self, const char *message)
{
    assert_int_equal(buf_printf(self, "warned: %s\n", message), 0);
}

static void note_stepped(void *self, const char *what)
{
    assert_int_equal(buf_printf(self, "+ %s\n", what), 0);
}

struct run {
    struct pg_restore_errors *errors;
    struct buf told;
};

/* Takes the text in pieces of this size. */
static void run_pieces(struct run *run, bool with_steps, const char *text, size_t piece)
{
    struct writer w;
    size_t len = strlen(text);

    *run = (struct run){0};
    run->errors = pg_restore_errors_new(
        (struct pg_restore_observer){.failed = note_failed,
                                     .warned = note_warned,
                                     .stepped = with_steps ? note_stepped : NULL,
                                     .self = &run->told});
    assert_non_null(run->errors);
    w = pg_restore_errors_writer(run->errors);
    for (size_t at = 0; at < len; at += piece)
        assert_int_equal(writer_put(&w, text + at, len - at < piece ? len - at : piece), 0);
    pg_restore_errors_end(run->errors);
}

static void end_run(struct run *run)
{
    pg_restore_errors_free(run->errors);
    buf_free(&run->told);
}

static void assert_told(const char *text, const char *expected, bool gave_up)
{
    static const size_t pieces[] = {1, 7, 100000};

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct run run;

        run_pieces(&run, false, text, pieces[i]);
        assert_string_equal(buf_text(&run.told), expected);
        assert_true(pg_restore_errors_gave_up(run.errors) == gave_up);
        end_run(&run);
    }
}

static void assert_steps(const char *text, const char *expected)
{
    struct run run;

    run_pieces(&run, true, text, 64);
    assert_string_equal(buf_text(&run.told), expected);
    end_run(&run);
}

static void errors_are_told_with_their_entries_and_without_the_commands(void **state)
{
    (void)state;
    assert_told("pg_restore: connecting to database for restore\n"
                "pg_restore: creating FUNCTION \"public.f()\"\n"
                "pg_restore: while PROCESSING TOC:\n"
                "pg_restore: from TOC entry 219; 1255 16407 FUNCTION f() postgres\n"
                "pg_restore: error: could not execute query: ERROR:  function \"f\" already exists "
                "with same argument types\n"
                "Command was: CREATE FUNCTION public.f() RETURNS integer\n"
                "    LANGUAGE sql\n"
                "    AS $$\n"
                "select 1;\n"
                "-- pg_restore: error: not one\n"
                "select 2;\n"
                "$$;\n"
                "\n"
                "\n"
                "pg_restore: creating TABLE \"public.bar\"\n"
                "pg_restore: creating TABLE \"public.foo\"\n"
                "pg_restore: from TOC entry 214; 1259 16389 TABLE foo postgres\n"
                "pg_restore: error: could not execute query: ERROR:  relation \"foo\" already "
                "exists\n"
                "Command was: CREATE TABLE public.foo (\n"
                "    a integer NOT NULL,\n"
                "    b text\n"
                ");\n"
                "\n"
                "\n"
                "pg_restore: warning: errors ignored on restore: 2\n",
                "219: ERROR:  function \"f\" already exists with same argument types\n"
                "214: ERROR:  relation \"foo\" already exists\n",
                false);
}

static void the_lines_of_the_servers_message_become_one(void **state)
{
    (void)state;
    assert_told("pg_restore: while PROCESSING TOC:\n"
                "pg_restore: from TOC entry 220; 1259 16558 VIEW v postgres\n"
                "pg_restore: error: could not execute query: ERROR:  function x.g(integer) does "
                "not exist\n"
                "LINE 2:  SELECT x.g(1) AS g;\n"
                "                ^\n"
                "HINT:  No function matches the given name and argument types.\n"
                "Command was: CREATE VIEW public.v AS\n"
                " SELECT x.g(1) AS g;\n"
                "\n"
                "\n"
                "pg_restore: error: could not execute query: ERROR:  relation \"public.v\" does "
                "not exist\n"
                "Command was: ALTER VIEW public.v OWNER TO postgres;\n"
                "\n"
                "pg_restore: warning: errors ignored on restore: 2\n",
                "220: ERROR:  function x.g(integer) does not exist LINE 2:  SELECT x.g(1) AS g; "
                "HINT:  No function matches the given name and argument types.\n"
                "220: ERROR:  relation \"public.v\" does not exist\n",
                false);
}

static void rows_that_cannot_be_loaded_are_an_error_without_a_command(void **state)
{
    (void)state;
    assert_told("pg_restore: processing data for table \"public.foo\"\n"
                "pg_restore: while PROCESSING TOC:\n"
                "pg_restore: from TOC entry 3364; 0 16389 TABLE DATA foo postgres\n"
                "pg_restore: error: COPY failed for table \"foo\": ERROR:  new row for relation "
                "\"foo\" violates check constraint \"foo_c_check\"\n"
                "DETAIL:  Failing row contains (1, x, null).\n"
                "CONTEXT:  COPY foo, line 1: \"1\tx\"\n"
                "pg_restore: processing data for table \"public.odd\n"
                "name\"\n"
                "pg_restore: warning: errors ignored on restore: 1\n",
                "3364: COPY failed for table \"foo\": ERROR:  new row for relation \"foo\" "
                "violates check constraint \"foo_c_check\" DETAIL:  Failing row contains (1, x, "
                "null). CONTEXT:  COPY foo, line 1: \"1 x\"\n",
                false);
}

static void one_that_ends_at_its_first_error_gave_up(void **state)
{
    (void)state;
    assert_told("pg_restore: connecting to database for restore\n"
                "pg_restore: error: connection to server on socket \"/nonexistent/.s.PGSQL.5432\" "
                "failed: No such file or directory\n"
                "\tIs the server running locally and accepting connections on that socket?\n",
                "0: connection to server on socket \"/nonexistent/.s.PGSQL.5432\" failed: No such "
                "file or directory Is the server running locally and accepting connections on "
                "that socket?\n",
                true);
    assert_told("pg_restore: from TOC entry 2589; 0 16389 TABLE DATA foo postgres\n"
                "pg_restore: error: COPY failed for table \"foo\": ERROR:  new row for relation "
                "\"foo\" violates check constraint \"foo_c_check\"\n"
                "CONTEXT:  COPY foo, line 1: \"1\tx\"\n"
                "pg_restore: executing SELECT pg_catalog.set_config('search_path', '', false);\n"
                "pg_restore: error: a worker process died unexpectedly\n",
                "2589: COPY failed for table \"foo\": ERROR:  new row for relation \"foo\" "
                "violates check constraint \"foo_c_check\" CONTEXT:  COPY foo, line 1: \"1 x\"\n"
                "2589: a worker process died unexpectedly\n",
                true);
}

static void hints_of_its_own_are_part_of_the_error(void **state)
{
    (void)state;
    assert_told("pg_restore: error: unrecognized section name: \"x\"\n"
                "pg_restore: hint: Try \"pg_restore --help\" for more information.\n",
                "0: unrecognized section name: \"x\" Try \"pg_restore --help\" for more "
                "information.\n",
                true);
}

static void a_sum_that_is_not_its_last_word_is_not_its_end(void **state)
{
    (void)state;
    assert_told("pg_restore: warning: errors ignored on restore: 1\n"
                "pg_restore: creating TABLE \"public.t\"\n",
                "", true);
}

static void warnings_are_told_but_not_what_the_server_notices(void **state)
{
    (void)state;
    assert_told("pg_restore: warning: line ignored: some\n"
                "pg_restore: NOTICE:  table \"t\" does not exist, skipping\n"
                "pg_restore: creating TABLE \"public.t\"\n",
                "warned: line ignored: some\n", true);
}

/* 18 at a server of 15, with two workers. */
static void the_setting_that_an_older_server_does_not_have_is_no_error(void **state)
{
    static const char text[] =
        "pg_restore: while INITIALIZING:\n"
        "pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "
        "\"transaction_timeout\"\n"
        "Command was: SET transaction_timeout = 0;\n"
        "pg_restore: entering main parallel loop\n"
        "pg_restore: while PROCESSING TOC:\n"
        "pg_restore: from TOC entry 3368; 2613 4711 BLOB 4711 postgres\n"
        "pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "
        "\"transaction_timeout\"\n"
        "Command was: SET transaction_timeout = 0;\n"
        "pg_restore: warning: errors ignored on restore: 2\n";
    struct run run;

    (void)state;
    assert_told(text, "", false);
    run_pieces(&run, false, text, sizeof(text));
    assert_int_equal(pg_restore_errors_told(run.errors), 0);
    end_run(&run);

    assert_told("pg_restore: error: could not execute query: ERROR:  relation "
                "\"transaction_timeout\" already exists\n"
                "Command was: CREATE TABLE public.transaction_timeout ();\n",
                "0: ERROR:  relation \"transaction_timeout\" already exists\n", true);
}

static void each_entry_is_one_step_with_one_worker(void **state)
{
    (void)state;
    assert_steps("pg_restore: connecting to database for restore\n"
                 "pg_restore: executing SELECT pg_catalog.set_config('search_path', '', false);\n"
                 "pg_restore: dropping TABLE foo\n"
                 "pg_restore: creating TABLE \"public.odd\n"
                 "name\"\n"
                 "pg_restore: executing BLOB METADATA 4711\n"
                 "pg_restore: processing data for table \"public.foo\"\n"
                 "pg_restore: processing BLOBS\n"
                 "pg_restore: restoring large object with OID 4711\n"
                 "pg_restore: restored 1 large object\n"
                 "pg_restore: creating FK CONSTRAINT \"public.bar bar_a_fkey\"\n",
                 "+ TABLE \"public.odd\n"
                 "+ BLOB METADATA 4711\n"
                 "+ data for table \"public.foo\"\n"
                 "+ BLOBS\n"
                 "+ FK CONSTRAINT \"public.bar bar_a_fkey\"\n");
}

static void each_entry_is_one_step_with_several_workers(void **state)
{
    (void)state;
    assert_steps("pg_restore: processing item 2597 ENCODING ENCODING\n"
                 "pg_restore: processing item 219 TABLE foo\n"
                 "pg_restore: creating TABLE \"public.foo\"\n"
                 "pg_restore: entering main parallel loop\n"
                 "pg_restore: launching item 2589 TABLE DATA foo\n"
                 "pg_restore: launching item 2590 TABLE DATA odd\n"
                 "name\n"
                 "pg_restore: executing SELECT pg_catalog.set_config('search_path', '', false);\n"
                 "pg_restore: processing data for table \"public.foo\"\n"
                 "pg_restore: finished item 2589 TABLE DATA foo\n"
                 "pg_restore: launching item 2434 INDEX foo_b\n"
                 "pg_restore:pg_restore:  creating INDEX \"public.foo_b\"\n"
                 "pg_restore:pg_restore:  finished item 2590 TABLE DATA odd\n"
                 "name\n"
                 "pg_restore: finished item 2434 INDEX foo_b\n"
                 "pg_restore: finished main parallel loop\n"
                 "pg_restore: processing missed item 2602 ACL TABLE foo\n"
                 "pg_restore: creating ACL \"public.TABLE foo\"\n",
                 "+ TABLE \"public.foo\"\n"
                 "+ TABLE DATA foo\n"
                 "+ TABLE DATA odd\n"
                 "+ INDEX foo_b\n"
                 "+ ACL \"public.TABLE foo\"\n");
}

/* 18 with eight workers, most of whose entries fail. */
static void lines_that_several_workers_write_at_once_are_taken_apart(void **state)
{
    (void)state;
    assert_steps("pg_restore: entering main parallel loop\n"
                 "pg_restore: from TOC entry 3736; 1259 17058 INDEX i63 postgres\n"
                 "pg_restore:pg_restore:  error: creating INDEX \"public.i67\"\n"
                 "could not execute query: ERROR:  relation \"i63\" already exists\n"
                 "Command was: CREATE INDEX i63 ON public.t63 USING btree (a);\n"
                 "\n"
                 "\n"
                 "pg_restore:pg_restore:  creating INDEX \"public.i66\"\n"
                 "from TOC entry 3737; 1259 17059 INDEX j63 postgres\n"
                 "pg_restore: error: could not execute query: ERROR:  relation \"j63\" already "
                 "exists\n"
                 "Command was: CREATE INDEX j63 ON public.t63 USING btree (b);\n"
                 "\n"
                 "\n"
                 "pg_restore:pg_restore: finished item 4409 TABLE DATA t51\n"
                 " from TOC entry 3707; 1259 16984 INDEX j48 postgres\n"
                 "pg_restore: pg_restore:error:  launching item 3709 INDEX j49\n"
                 "could not execute query: ERROR:  relation \"j48\" already exists\n"
                 "Command was: CREATE INDEX j48 ON public.t48 USING btree (b);\n"
                 "\n"
                 "\n",
                 "3736: ERROR:  relation \"i63\" already exists\n"
                 "3737: ERROR:  relation \"j63\" already exists\n"
                 "+ TABLE DATA t51\n"
                 "3707: ERROR:  relation \"j48\" already exists\n");
    /* Here another's entry is told with the first error. */
    assert_told("pg_restore: from TOC entry 3677; 1259 16909 INDEX j33 postgres\n"
                "pg_restore:pg_restore:  error: from TOC entry 3690; 1259 16943 INDEX i40 "
                "postgres\n"
                "pg_restore:could not execute query: ERROR:  relation \"j33\" already exists\n"
                "Command was: CREATE INDEX j33 ON public.t33 USING btree (b);\n"
                "\n"
                "\n"
                " error: could not execute query: ERROR:  relation \"i40\" already exists\n"
                "Command was: CREATE INDEX i40 ON public.t40 USING btree (a);\n",
                "3690: ERROR:  relation \"j33\" already exists\n"
                "3690: ERROR:  relation \"i40\" already exists\n",
                true);
}

/* `times` the text behind one another, to be freed. */
static char *repeated(const char *before, const char *text, int times)
{
    struct buf b = {0};

    assert_int_equal(buf_add_text(&b, before), 0);
    while (times-- > 0)
        assert_int_equal(buf_add_text(&b, text), 0);
    return buf_take(&b);
}

static void a_long_message_is_cut_between_two_characters(void **state)
{
    char *text = repeated("pg_restore: error: x", "\xC3\xA4", 3000); /* one line */
    char *lines = repeated("pg_restore: error: xy", "\n\xE2\x82\xAC", 3000);
    struct run run;

    (void)state;
    run_pieces(&run, false, text, 1000);
    /* "0: ", x, 1023 characters of two bytes, and the line's end */
    assert_int_equal(run.told.len, 3 + 1 + 2 * 1023 + 1);
    assert_string_equal(run.told.data + run.told.len - 3, "\xC3\xA4\n");
    end_run(&run);

    run_pieces(&run, false, lines, 1000);
    assert_true(run.told.len > 2000 && run.told.len <= 3 + PG_RESTORE_MESSAGE_MAX + 1);
    assert_memory_equal(run.told.data, "0: xy \xE2\x82\xAC \xE2", 11);
    end_run(&run);
    free(text);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_told_with_their_entries_and_without_the_commands),
        cmocka_unit_test(the_lines_of_the_servers_message_become_one),
        cmocka_unit_test(rows_that_cannot_be_loaded_are_an_error_without_a_command),
        cmocka_unit_test(one_that_ends_at_its_first_error_gave_up),
        cmocka_unit_test(hints_of_its_own_are_part_of_the_error),
        cmocka_unit_test(a_sum_that_is_not_its_last_word_is_not_its_end),
        cmocka_unit_test(warnings_are_told_but_not_what_the_server_notices),
        cmocka_unit_test(the_setting_that_an_older_server_does_not_have_is_no_error),
        cmocka_unit_test(each_entry_is_one_step_with_one_worker),
        cmocka_unit_test(each_entry_is_one_step_with_several_workers),
        cmocka_unit_test(lines_that_several_workers_write_at_once_are_taken_apart),
        cmocka_unit_test(a_long_message_is_cut_between_two_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
