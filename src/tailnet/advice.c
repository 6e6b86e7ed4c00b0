#include "tailnet/advice.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"

#define NEW_KEY                                                                                    \
    "make a new auth key, reusable and without tags, in the Tailscale admin console, under "       \
    "Settings, Keys"
#define MAKE_ROOM     "make room on the target"
#define LOOK_AT_NAMES "look at the machines' names in the Tailscale admin console"

/*
 * What it says (any letter case), and what that means; the first that fits. The words are those of
 * tailscale 1.98, and about keys those of its control server, which shows an expired key as one
 * that does not exist, and of headscale.
 */
static const struct {
    const char *said;
    const char *advice;
} known[] = {
    {"API key does not exist",
     "auth keys last 90 days at most, and this one has expired or was deleted: " NEW_KEY},
    {"authkey expired", NEW_KEY},
    {"invalid key", NEW_KEY},
    {"invalid authkey", NEW_KEY},
    {"To approve your machine", "approve it in the Tailscale admin console, under Machines, or "
                                "make an auth key that is pre-approved"},
    {"not enabled by Tailscale admin", "switch on Send Files in the Tailscale admin console, under "
                                       "Settings, General"},
    {"missing required Taildrop capability",
     "this machine may not send: the auth key must not be tagged, and Send Files must be on in the "
     "Tailscale admin console, under Settings, General"},
    {"owned by a different user", "Taildrop goes to one's own machines only: use an auth key of "
                                  "the user who owns the target"},
    {"not in your Tailnet", LOOK_AT_NAMES},
    {"not a Tailscale IP address", LOOK_AT_NAMES},
    {"looking up IP", LOOK_AT_NAMES},
    {"no peer found with IP", LOOK_AT_NAMES},
    {"no matching peer", LOOK_AT_NAMES},
    {"peer's node key has expired",
     "log in to Tailscale on the target again, or switch off key expiry for it in the Tailscale "
     "admin console, under Machines"},
    {"OS does not support Taildrop", "choose another machine"},
    {"not advertising a file sharing API", "start Tailscale on the target anew, and bring it up to "
                                           "date"},
    {"no storage directory",
     "the target's Tailscale has no folder for what arrives: on Linux let "
     "`tailscale file get` run there once, on a server version give it one"},
    {"not configured or accessible",
     "choose the folder for what arrives in the target's Tailscale"},
    {"no space left on device", MAKE_ROOM},
    {"not enough space on the disk", MAKE_ROOM},
    {"quota exceeded", MAKE_ROOM},
    {"file access denied", "let this user send files with `tailscale set --operator=USER`"},
    {"invalid filename", "give the drop another name with --name"},
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
            error_append(": %s", known[i].advice);
            return true;
        }
    return false;
}
