/*
 * Shows what is found out about a machine of the tailnet, in a line for each step.
 *
 *     tailnet_check HOST
 *
 * The tailnet is that of the variables that `dump` reads. Exits with 1 where a step is not ok.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "tailnet/check.h"

static void show(void *self, const struct tailnet_finding *finding)
{
    static const char *const names[] = {"node", "known", "online", "reachable", "target"};

    (void)self;
    printf("%s %s: %s\n", finding->ok ? "ok" : "fail", names[finding->step], finding->text);
    fflush(stdout);
}

static int check(const struct tailnet_config *config, const char *host)
{
    const char *temp = getenv("TMPDIR");
    struct tailnet_node *node = tailnet_node_start(config, temp != NULL ? temp : "/tmp");
    int rc = node != NULL ? tailnet_check(node, host, show, NULL) : -1;

    tailnet_node_free(node);
    return rc;
}

int main(int argc, char **argv)
{
    struct tailnet_config config = {0};
    int rc = -1;

    if (argc != 2)
        return 2;
    if (interrupt_init() == 0 && tailnet_config_read(&config, NULL) == 0)
        rc = check(&config, argv[1]);
    if (rc < 0)
        fprintf(stderr, "%s\n", error_text());
    tailnet_config_clear(&config);
    return rc == 1 ? 0 : 1;
}
