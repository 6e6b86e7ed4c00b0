#include "cmd/database_option.h"

#include <stddef.h>

#include "base/error.h"
#include "cmd/options.h"
#include "pg/conninfo.h"
#include "pg/source.h"

int database_option_check(const char *text, const char *conninfo, const char *option)
{
    if (!options_on_dyno() || !pg_conninfo_is_one(text) || !pg_conninfo_has_password(conninfo))
        return 0;
    return error_set("%s has a password in it, and Heroku logs commands: name the variable that "
                     "holds the URL instead, as %s DATABASE_URL",
                     option, option);
}

char *database_option_take(char *text, const char *option)
{
    char *conninfo = pg_source_resolve(text, option);

    if (conninfo == NULL)
        return NULL;
    if (database_option_check(text, conninfo, option) != 0) {
        pg_conninfo_wipe(conninfo);
        return NULL;
    }
    if (pg_conninfo_is_one(text))
        pg_conninfo_hide(text);
    return conninfo;
}
