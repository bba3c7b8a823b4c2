#define _DEFAULT_SOURCE // initgroups is not POSIX
#include "server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool take(const struct passwd *entry, struct privileges_user *user) {
    user->is_change = geteuid() == 0 && entry->pw_uid != 0;
    user->uid = entry->pw_uid;
    user->gid = entry->pw_gid;
    snprintf(user->name, sizeof user->name, "%s", entry->pw_name);
    return true;
}

// NULL: there is no such user. False: nobody can say.
static bool look_up(const char *name, const struct passwd **entry, struct error *err) {
    static const int failures[] = {EINTR, EIO, EMFILE, ENFILE, ENOMEM};
    errno = 0;
    *entry = getpwnam(name);
    for (size_t i = 0; *entry == NULL && i < sizeof failures / sizeof *failures; i++)
        if (errno == failures[i])
            return error_set_errno(err, errno, "cannot look up the user %s", name);
    return true;
}

bool privileges_choose(const char *name, bool is_needed, struct privileges_user *user,
                       struct error *err) {
    static const char *const fallbacks[] = {"postgres", "nobody"};
    const struct passwd *entry = NULL;
    memset(user, 0, sizeof *user);
    if (name != NULL) {
        if (!look_up(name, &entry, err))
            return false;
        if (entry == NULL)
            return error_set(err, "there is no user \"%s\" (--user)", name);
        if (geteuid() != 0 && entry->pw_uid != geteuid())
            return error_set(err, "only root can become user %s (--user)", name);
        if (is_needed && entry->pw_uid == 0)
            return error_set(err, "PostgreSQL does not run as root: name another user (--user)");
        return take(entry, user);
    }
    if (geteuid() != 0) {
        entry = getpwuid(geteuid());
        return entry == NULL || take(entry, user);
    }
    for (size_t i = 0; is_needed && entry == NULL && i < 2; i++)
        if (!look_up(fallbacks[i], &entry, err))
            return false;
    if (is_needed && entry == NULL)
        return error_set(err, "PostgreSQL does not run as root, and there is neither a user "
                              "postgres nor nobody: name one (--user)");
    return entry == NULL || take(entry, user);
}

// Of the rights that a change of user leaves (PR_SET_KEEPCAPS) all but one go: a port
// below 1024 is listened on only when the database serves. What is executed later does not inherit
// it.
static bool keep_ports(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct rights[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, rights) != 0)
        return false;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        bool has_ports = i == CAP_TO_INDEX(CAP_NET_BIND_SERVICE);
        rights[i].permitted &= has_ports ? CAP_TO_MASK(CAP_NET_BIND_SERVICE) : 0;
        rights[i].effective = rights[i].permitted;
        rights[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, rights) == 0 && prctl(PR_SET_KEEPCAPS, 0L) == 0;
}

bool privileges_drop(const struct privileges_user *user, struct error *err) {
    if (!user->is_change)
        return true;
    if (initgroups(user->name, user->gid) != 0 || setgid(user->gid) != 0 ||
        prctl(PR_SET_KEEPCAPS, 1L) != 0 || setuid(user->uid) != 0 || !keep_ports())
        return error_set_errno(err, errno, "cannot become user %s", user->name);
    if (setuid(0) == 0)
        return error_set(err, "cannot give up root's rights");
    return true;
}
