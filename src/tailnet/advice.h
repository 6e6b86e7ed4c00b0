/*
 * What to do about what tailscale says.
 */
#ifndef TAILNET_ADVICE_H
#define TAILNET_ADVICE_H

#include <stdbool.h>

/* For one that does not answer. */
#define TAILNET_WAKE_IT "wake the machine and see that Tailscale runs on it"

/*
 * Adds to this thread's error text what its owner can do about it, where that is known. Returns
 * whether it is: such a trouble lasts until he does it, where any other may pass by itself.
 */
bool tailnet_advise(void);

#endif
