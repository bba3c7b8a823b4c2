// Privileges: whom to become when started by root. PostgreSQL does not run as root, and a server on
// a network need not; what only root can do (reading a key, making a directory) is done before.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct privileges_user {
    bool is_change; // false: not root, or nobody to become; stay who we are
    char name[64];
    uid_t uid;
    gid_t gid;
};

// Chooses whom to become: `name`; or, where name is NULL and is_needed, postgres, else nobody.
// Without root only the own name is possible. False: there is no such user.
bool privileges_choose(const char *name, bool is_needed, struct privileges_user *user,
                       struct error *err) __attribute__((warn_unused_result));

// Becomes the user for good, with the groups the system gives it, and may still listen on ports
// below 1024.
bool privileges_drop(const struct privileges_user *user, struct error *err)
    __attribute__((warn_unused_result));
