#include "pg/passfile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "pg/conninfo.h"

int pg_passfile_open(PGconn *conn, int *fd)
{
    char *text = pg_conninfo_passfile(conn);
    int rc = 0;

    *fd = -1;
    if (text == NULL)
        return -1;
    if (*text != '\0') {
        *fd = os_memory_file("pgpass", text, strlen(text));
        rc = *fd >= 0 ? 0 : -1;
    }
    sodium_memzero(text, strlen(text));
    free(text);
    return rc;
}

void pg_passfile_close(int fd)
{
    if (fd >= 0)
        close(fd);
}
