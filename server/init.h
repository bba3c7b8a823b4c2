// The first council: makes the council, its first administrator and that one's token, which goes
// into a new file that only its owner can read. Everyone else is invited later. And regions:
// several councils, and the token of one who reads them. And successions of councils.
#pragma once

#include "server/base/error.h"
#include "server/pg/session.h"

#include <stddef.h>

// A token's file, opened before root's rights are given up.
struct init_file {
    const char *path; // borrowed
    int fd;           // owned; -1: none
};

struct init_council {
    const char *name;
    const char *code; // NULL: made from the name
    const char *administrator;
};

// Councils that somebody reads side by side.
struct init_region {
    const char *name;
    const char *councils; // their codes, with commas between them
    const char *reader;
};

// Creates the file, mode 0600. One that exists is refused, unless it is empty and for its owner,
// us, only.
bool init_open(const char *path, struct init_file *file, struct error *err)
    __attribute__((warn_unused_result));

// Makes a token, keeps it in the file, then makes the council over a session of an administrator,
// and closes the file. False: the council was not made, the file is gone or at least empty; or the
// message says that nobody knows, and the file stays.
bool init_run(struct session *session, const struct init_council *council, struct init_file *file,
              struct error *err) __attribute__((warn_unused_result));

// The same for a region, or more councils and one more reader of it.
bool init_run_region(struct session *session, const struct init_region *region,
                     struct init_file *file, struct error *err) __attribute__((warn_unused_result));

// Over a session of an administrator: records that a council is succeeded by another from a day on,
// all as their texts; or undoes that, with a reason.
bool init_succeed(struct session *session, const char *council, const char *successor,
                  const char *day, struct error *err) __attribute__((warn_unused_result));
bool init_revoke_succession(struct session *session, const char *council, const char *reason,
                            struct error *err) __attribute__((warn_unused_result));

// Closes and removes the file: nothing was made.
void init_abort(struct init_file *file);

// The code made from a council's name: lower case, hyphens between words, without words such as
// Borough or Council unless nothing else is left. Cut to size.
void init_make_code(const char *name, char *code, size_t size);
