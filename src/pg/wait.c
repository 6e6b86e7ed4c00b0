#include "pg/wait.h"

#include <errno.h>
#include <poll.h>

#include "base/error.h"
#include "base/interrupt.h"

int pg_wait(PGconn *conn, short events, int stop_fd)
{
    struct pollfd fds[3] = {{.fd = PQsocket(conn), .events = events},
                            {.fd = interrupt_fd(), .events = POLLIN},
                            {.fd = stop_fd, .events = POLLIN}};

    for (;;) {
        int n = poll(fds, 3, -1);

        if (interrupt_signal() != 0)
            return interrupt_error();
        if (n < 0 && errno != EINTR)
            return error_set_errno("cannot wait for the database server");
        if (n > 0 && fds[2].revents != 0)
            return error_set("told to stop");
        if (n > 0 && fds[0].revents != 0)
            return fds[0].revents;
    }
}
