/*
 * The addresses of a host, looked up in a way that a signal can end.
 */
#ifndef PG_LOOKUP_H
#define PG_LOOKUP_H

#include "base/buf.h"

/*
 * Asks the resolver, which cannot be interrupted, in a child process, for at most timeout_ms. Adds
 * the numeric addresses to `addresses`, in the resolver's order and separated by commas. Returns
 * how many there are, or -1 with the error set.
 */
int lookup_host(const char *host, int timeout_ms, struct buf *addresses);

#endif
