#include "flow/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/os.h"
#include "pg/pgrestore.h"
#include "pg/pgrestore_errors.h"

struct pass {
    const struct pass_common *common;
    bool only_drops;
    bool tells_items;
    int archive; /* descriptors of memory files; or -1 */
    int list;
    struct pg_restore_errors *errors;
    struct child *child;
};

static int add_object(struct buf *what, const struct toc_entry *e)
{
    if (buf_add_visible(what, e->desc) != 0 || buf_add_text(what, " ") != 0)
        return -1;
    return toc_entry_add_name(e, what);
}

static void failed(void *self, int dump_id, const char *message)
{
    const struct pass *p = self;
    struct toc toc = p->common->selection->toc;
    const struct toc_entry *e = dump_id > 0 ? toc_find(&toc, dump_id) : NULL;
    const bool is_harmless = p->only_drops && (e == NULL || !toc_entry_is(e, "EXTENSION"));
    struct buf what = {0};

    if ((p->only_drops && buf_add_text(&what, "dropping ") != 0) ||
        (e != NULL && add_object(&what, e) != 0))
        buf_free(&what);
    if (is_harmless)
        log_info("%s: %s", buf_text(&what), message);
    else
        failures_add(p->common->failures, dump_id, buf_text(&what), message);
    buf_free(&what);
    if (p->common->stop_at_errors && !is_harmless)
        child_kill(p->child);
}

static void warned(void *self, const char *message)
{
    (void)self;
    log_warn("pg_restore: %s", message);
}

static void stepped(void *self, const char *what)
{
    const struct pass *p = self;

    if (!p->tells_items)
        return;
    meter_item(p->common->meter, NULL, what);
    meter_done(p->common->meter, 1);
}

/* Puts what the program is to read where it finds it. */
static int make_files(struct pass *p, const struct pass_options *o)
{
    if (o->archive != NULL && os_has_memory_files()) {
        p->archive = os_memory_file("archive", o->archive->data, o->archive->len);
        if (p->archive < 0)
            return -1;
    }
    if (o->list != NULL) {
        p->list = os_memory_file("list", o->list->data, o->list->len);
        if (p->list < 0)
            return -1;
    }
    return 0;
}

static int start(struct pass *p, const struct pass_options *o)
{
    const struct pass_common *common = p->common;
    const char *own[16] = {NULL};
    char memory[32], jobs[32];
    struct pg_restore_options options = {
        .path = common->pg_restore,
        .conninfo = common->conninfo,
        .conn = common->conn,
        .user = common->user,
        .own = own,
        .archive = p->archive >= 0 ? p->archive : CHILD_PIPED,
        .list = p->list,
    };
    size_t n = 0;

    for (; o->own != NULL && o->own[n] != NULL; n++)
        own[n] = o->own[n];
    if (common->stop_at_errors && common->stops_itself && !o->only_drops)
        own[n++] = "--exit-on-error";
    if (o->jobs > 1 && p->archive >= 0) {
        snprintf(jobs, sizeof(jobs), "--jobs=%d", o->jobs);
        own[n] = jobs;
    }
    if (o->maintenance_memory > 0) {
        snprintf(memory, sizeof(memory), "%ldkB", o->maintenance_memory);
        options.maintenance_work_mem = memory;
    }
    p->child = pg_restore_start(&options);
    if (p->child == NULL)
        return -1;
    child_listen(p->child, pg_restore_errors_writer(p->errors));
    return 0;
}

struct pass *pass_start(const struct pass_common *common, const struct pass_options *options)
{
    struct pass *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        error_set("out of memory");
        return NULL;
    }
    p->common = common;
    p->only_drops = options->only_drops;
    p->tells_items = options->tells_items;
    p->archive = p->list = -1;
    p->errors = pg_restore_errors_new((struct pg_restore_observer){
        .failed = failed, .warned = warned, .stepped = stepped, .self = p});
    if (p->errors != NULL && make_files(p, options) == 0 && start(p, options) == 0)
        return p;
    pass_free(p);
    return NULL;
}

struct child *pass_child(struct pass *p)
{
    return p->child;
}

int pass_end(struct pass *p)
{
    const int rc = child_wait(p->child);
    const struct failures *failures = p->common->failures;

    pg_restore_errors_end(p->errors);
    if (interrupt_signal() != 0)
        return interrupt_error();
    if (p->common->stop_at_errors && failures->n > 0)
        return failures_error(failures);
    if (rc == 0 || !pg_restore_errors_gave_up(p->errors))
        return 0;
    if (pg_restore_errors_told(p->errors) == 0 || failures->n == 0)
        return rc;
    return error_set("pg_restore has given up: %s", failures->items[failures->n - 1].why);
}

void pass_free(struct pass *p)
{
    if (p == NULL)
        return;
    child_free(p->child);
    pg_restore_errors_free(p->errors);
    if (p->archive >= 0)
        close(p->archive);
    if (p->list >= 0)
        close(p->list);
    free(p);
}

int pass_run(const struct pass_common *common, const struct pass_options *options)
{
    struct pass *p = pass_start(common, options);
    int rc = p != NULL ? 0 : -1;

    if (p != NULL && p->archive < 0)
        rc = child_feed(p->child, options->archive->data, options->archive->len);
    /* Where it has gone, what it said tells more than that its input was closed. */
    if (p != NULL && pass_end(p) != 0)
        rc = -1;
    pass_free(p);
    return rc;
}
