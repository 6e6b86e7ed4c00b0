#include "age/init.h"

#include "base/error.h"

#include <sodium.h>

int age_init(void)
{
    if (sodium_init() < 0)
        return error_set("libsodium cannot be initialized: the system gives no random numbers");
    return 0;
}
