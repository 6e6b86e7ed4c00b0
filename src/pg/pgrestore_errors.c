#include "pg/pgrestore_errors.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* What is behind that in a line is passed over. */
#define LINE_MAX_BYTES 4096

static const char program[] = "pg_restore:";

/* What the lines belong to that do not begin with the program's name. */
enum kind {
    NOTHING,
    ERROR,
    WARNING,
};

struct pg_restore_errors {
    struct pg_restore_observer observer;
    char line[LINE_MAX_BYTES + 1];
    size_t line_len;
    enum kind kind;
    char message[PG_RESTORE_MESSAGE_MAX + 1];
    size_t message_len;
    int dump_id;       /* of the last entry that had an error */
    bool in_workers;   /* several entries are restored at once */
    int owed;          /* of how many messages the name was seen, but not the text yet */
    bool said_its_sum; /* how many errors it ignored, as its last word */
    size_t told;
};

struct pg_restore_errors *pg_restore_errors_new(struct pg_restore_observer observer)
{
    struct pg_restore_errors *e = calloc(1, sizeof(*e));

    if (e == NULL) {
        error_set("out of memory");
        return NULL;
    }
    e->observer = observer;
    return e;
}

/* Returns what stands behind the beginning, or NULL where the text has another. */
static const char *behind(const char *text, const char *beginning)
{
    size_t len = strlen(beginning);

    return strncmp(text, beginning, len) == 0 ? text + len : NULL;
}

static void add_byte(struct pg_restore_errors *e, char byte)
{
    if (byte == '\t')
        byte = ' ';
    if (e->message_len < PG_RESTORE_MESSAGE_MAX)
        e->message[e->message_len++] = byte;
}

/* Adds a line to the message, unless it is only there to point at a place in the one above. */
static void add(struct pg_restore_errors *e, const char *text)
{
    static const char blanks[] = " \t\r";
    size_t len;

    text += strspn(text, blanks);
    len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
        len--;
    if (len == 0 || (len == 1 && *text == '^'))
        return;
    if (e->message_len > 0)
        add_byte(e, ' ');
    for (size_t i = 0; i < len; i++)
        add_byte(e, text[i]);
}

/* A message that was cut ends with a whole character. */
static void close_message(struct pg_restore_errors *e)
{
    size_t len = e->message_len;

    if (len == PG_RESTORE_MESSAGE_MAX) {
        while (len > 0 && ((unsigned char)e->message[len - 1] & 0xC0) == 0x80)
            len--;
        if (len > 0 && ((unsigned char)e->message[len - 1] & 0x80) != 0)
            len--;
        else
            len = e->message_len; /* that is another encoding, or there was nothing to cut */
    }
    e->message[len] = '\0';
}

/* The message is complete. */
static void tell(struct pg_restore_errors *e)
{
    const struct pg_restore_observer *o = &e->observer;

    close_message(e);
    if (e->kind == ERROR) {
        e->told++;
        if (o->failed != NULL)
            o->failed(o->self, e->dump_id, e->message);
    }
    if (e->kind == WARNING && o->warned != NULL)
        o->warned(o->self, e->message);
    e->kind = NOTHING;
    e->message_len = 0;
}

/* The command behind an error's message. A setting that only newer servers have is no loss. */
static void end_by_command(struct pg_restore_errors *e, const char *command)
{
    close_message(e);
    if (behind(command, "SET transaction_timeout") != NULL &&
        strstr(e->message, "transaction_timeout") != NULL) {
        e->kind = NOTHING;
        e->message_len = 0;
        return;
    }
    tell(e);
}

static void start_message(struct pg_restore_errors *e, enum kind kind, const char *text)
{
    const char *rest = behind(text, "could not execute query: ");

    e->kind = kind;
    add(e, rest != NULL ? rest : text);
}

static void step(const struct pg_restore_errors *e, const char *what)
{
    if (e->observer.stepped != NULL)
        e->observer.stepped(e->observer.self, what);
}

/* With one worker each entry has one of these lines; with several, each that is left for them has
 * more, of which one is said when it is done. */
static void see_progress(struct pg_restore_errors *e, const char *text)
{
    static const char *const begins[] = {"creating ", "executing ", "processing "};
    const char *what;

    if (behind(text, "entering main parallel loop") != NULL)
        e->in_workers = true;
    if (behind(text, "finished main parallel loop") != NULL)
        e->in_workers = false;
    if (e->in_workers) {
        what = behind(text, "finished item ");
        if (what != NULL)
            step(e, what + strspn(what, "0123456789 "));
        return;
    }
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        what = behind(text, begins[i]);
        if (what != NULL && behind(what, "item ") == NULL && behind(what, "missed item ") == NULL &&
            behind(what, "SELECT ") == NULL)
            step(e, what);
    }
}

/* Of a message that pg_restore ends with, the parts have lines of their own. */
static bool is_part(struct pg_restore_errors *e, const char *text)
{
    const char *part = behind(text, "detail: ");

    if (part == NULL)
        part = behind(text, "hint: ");
    if (part == NULL || e->kind != ERROR)
        return false;
    if (behind(part, "Query was: ") != NULL)
        tell(e);
    else
        add(e, part);
    return true;
}

/* Whether a process that loads entries begins a line so that is not about an error. */
static bool is_progress(const char *text)
{
    static const char *const begins[] = {"creating ",      "executing ",     "processing ",
                                         "launching item", "finished item ", "from TOC entry ",
                                         "while "};

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
        if (behind(text, begins[i]) != NULL)
            return true;
    return false;
}

/* Whether it is how such a process tells an error. */
static bool is_workers_error(const char *text)
{
    return behind(text, "could not execute query: ") != NULL ||
           behind(text, "COPY failed for table ") != NULL;
}

/* What stands before a line's text. */
struct marks {
    int names; /* of the program */
    int errors;
    int warnings;
};

static const char *skip_marks(const char *text, struct marks *marks)
{
    const char *rest;

    *marks = (struct marks){0};
    for (;; text = rest) {
        if ((rest = behind(text, program)) != NULL)
            marks->names++;
        else if ((rest = behind(text, "error: ")) != NULL)
            marks->errors++;
        else if ((rest = behind(text, "warning: ")) != NULL)
            marks->warnings++;
        else if ((rest = behind(text, " ")) == NULL)
            return text;
    }
}

/* A line of pg_restore's own, behind its marks. */
static void take_own(struct pg_restore_errors *e, const struct marks *marks, const char *text)
{
    const char *rest;

    if (is_part(e, text))
        return;
    if (e->kind != NOTHING)
        tell(e);
    e->said_its_sum = false;
    if ((rest = behind(text, "from TOC entry ")) != NULL)
        e->dump_id = atoi(rest);
    else if ((marks->errors > 0 && !is_progress(text)) || is_workers_error(text))
        start_message(e, ERROR, text);
    else if (marks->warnings > 0 && behind(text, "errors ignored on restore: ") != NULL)
        e->said_its_sum = true;
    else if (marks->warnings > 0)
        start_message(e, WARNING, text);
    else
        see_progress(e, text);
}

/*
 * A process writes its name, what kind of message it is, and the text each for itself: with
 * several, another's may come in between. Then a line has the marks of several, and only one of the
 * texts, and what begins the next lines is known by how it reads.
 */
static void take_line(struct pg_restore_errors *e)
{
    struct marks marks;
    const char *line = e->line, *text, *command;

    e->line[e->line_len] = '\0';
    e->line_len = 0;
    text = skip_marks(line, &marks);
    if (behind(line, program) != NULL ||
        (e->owed > 0 && (is_progress(text) || is_workers_error(text)))) {
        e->owed += marks.names - 1;
        take_own(e, &marks, text);
    } else if (e->kind == ERROR && (command = behind(line, "Command was: ")) != NULL) {
        end_by_command(e, command);
    } else if (e->kind != NOTHING) {
        add(e, line);
    }
}

static int take(void *self, const void *data, size_t len)
{
    struct pg_restore_errors *e = self;
    const char *said = data;

    for (size_t i = 0; i < len; i++) {
        if (said[i] == '\n')
            take_line(e);
        else if (e->line_len < LINE_MAX_BYTES)
            e->line[e->line_len++] = said[i];
    }
    return 0;
}

struct writer pg_restore_errors_writer(struct pg_restore_errors *e)
{
    return (struct writer){.write = take, .self = e};
}

void pg_restore_errors_end(struct pg_restore_errors *e)
{
    if (e->line_len > 0)
        take_line(e);
    if (e->kind != NOTHING)
        tell(e);
}

size_t pg_restore_errors_told(const struct pg_restore_errors *e)
{
    return e->told;
}

bool pg_restore_errors_gave_up(const struct pg_restore_errors *e)
{
    return !e->said_its_sum;
}

void pg_restore_errors_free(struct pg_restore_errors *e)
{
    free(e);
}
