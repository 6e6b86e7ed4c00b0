#include "tailnet/advice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

/* What it says (any letter case), and what that means. */
static const struct {
    const char *said;
    const char *advice;
} known[] = {
    {"invalid key", "make a new auth key in the Tailscale admin console, under Settings, Keys"},
    {"invalid authkey", "make a new auth key in the Tailscale admin console, under Settings, Keys"},
    {"expired", "auth keys last 90 days at most: make a new one in the Tailscale admin console, "
                "under Settings, Keys"},
    {"not enabled by Tailscale admin", "switch on Send Files in the Tailscale admin console, under "
                                       "Settings, General"},
    {"missing required Taildrop capability",
     "this machine may not send: the auth key must not be tagged, and Send Files must be on in the "
     "Tailscale admin console, under Settings, General"},
    {"owned by a different user", "Taildrop goes to one's own machines only: use an auth key of "
                                  "the user who owns the target"},
    {"not in your Tailnet", "look at the machines' names in the Tailscale admin console"},
    {"looking up IP", "look at the machines' names in the Tailscale admin console"},
    {"OS does not support Taildrop", "choose another machine"},
    {"no storage directory",
     "the target's Tailscale has no folder for what arrives: on Linux let "
     "`tailscale file get` run there once, on a server version give it one"},
    {"not configured or accessible",
     "choose the folder for what arrives in the target's Tailscale"},
    {"file sharing", "switch on Taildrop on the target"},
};

/* strstr() without regard to letter case. */
static bool contains(const char *text, const char *part)
{
    size_t len = strlen(part);

    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, len) == 0)
            return true;
    return false;
}

bool tailnet_advise(void)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (contains(error_text(), known[i].said)) {
            char *said = strdup(error_text());

            if (said != NULL)
                error_set("%s: %s", said, known[i].advice);
            free(said);
            return true;
        }
    return false;
}
