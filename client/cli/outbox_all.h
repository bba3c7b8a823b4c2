// The whole outbox, as one command finds it: every file, and the returns in them. Also what every
// other command says when something waits.
#pragma once

#include "client/cli/invocation.h"
#include "client/cli/outbox_file.h"

struct outbox_all {
    struct outbox_file *files; // owned
    enum outbox_found *found;  // owned; of each file
    size_t n_files;
};

// One return in it.
struct outbox_place {
    const struct outbox_all *all;
    size_t file, entry;
};

// Opens all files there are; what is damaged is told when tells, one message each. False: the
// directory cannot be read (told when tells). To be finished either way.
bool outbox_all_open(struct outbox_all *all, struct invocation *invocation, bool tells);
void outbox_all_finish(struct outbox_all *all);

// Whether one of them could not be read.
bool outbox_all_has_damage(const struct outbox_all *all);

// Goes to the next return, from {all, 0, 0}: false when there are no more. *is_in_use: another shap
// has its file now.
bool outbox_all_look(struct outbox_place *place, Shap__Client__Waiting **entry, bool *is_in_use);

// Writes a file without the entries that are NULL now; without any it is removed. False with err
// set. The entries stay owned by the file: kept[i] is content->waiting[i] or NULL.
bool outbox_all_rewrite(struct outbox_file *file, Shap__Client__Waiting *const *kept,
                        struct error *err) __attribute__((warn_unused_result));

// How many wait, of this profile: as they are, and refused; and of other profiles, one of which is
// named. What is on its way now is left out. False: nothing waits.
struct outbox_count {
    size_t n_waiting, n_refused, n_of_others, n_damaged;
    char other[PROFILE_SIZE];
};
bool outbox_count(struct invocation *invocation, struct outbox_count *count);

// Says in one line what waits, if something does, and what to type.
void outbox_say(struct invocation *invocation, const struct outbox_count *count);
