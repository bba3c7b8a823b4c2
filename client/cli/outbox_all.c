#include "client/cli/outbox_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { OTHER_FILES = 64 };

static bool is_there(enum outbox_found found) {
    return found == OUTBOX_FOUND || found == OUTBOX_IN_USE;
}

// Each file is open as long as its lock is wanted, and a server is to be reached meanwhile.
static void allow_files(size_t n) {
    struct rlimit limit;
    rlim_t wanted = n + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void open_files(struct outbox_all *all, struct invocation *invocation, char *const *paths,
                       size_t n, bool tells) {
    allow_files(n);
    for (size_t i = 0; i < n; i++) {
        struct error err = {0};
        all->found[i] = outbox_file_open(&all->files[i], paths[i], &err);
        all->n_files++;
        if (all->found[i] == OUTBOX_DAMAGED && tells)
            fail(invocation, EXIT_PARTLY, "%s", err.message);
    }
}

bool outbox_all_open(struct outbox_all *all, struct invocation *invocation, bool tells) {
    struct error err = {0};
    const char *directory = invocation->settings.outbox_path;
    char **paths = NULL;
    size_t n = 0;
    *all = (struct outbox_all){.n_files = 0};
    bool is_open = directory == NULL || outbox_file_list(directory, &paths, &n, &err);
    if (is_open && n > 0) {
        all->files = calloc(n, sizeof *all->files);
        all->found = calloc(n, sizeof *all->found);
        is_open =
            (all->files != NULL && all->found != NULL) || error_set(&err, "not enough memory");
    }
    if (is_open)
        open_files(all, invocation, paths, n, tells);
    else if (tells)
        fail(invocation, EXIT_FAILED, "%s", err.message);
    outbox_file_list_finish(paths, n);
    return is_open;
}

bool outbox_all_has_damage(const struct outbox_all *all) {
    for (size_t i = 0; i < all->n_files; i++) {
        if (all->found[i] == OUTBOX_DAMAGED)
            return true;
    }
    return false;
}

void outbox_all_finish(struct outbox_all *all) {
    for (size_t i = 0; i < all->n_files; i++)
        outbox_file_finish(&all->files[i]);
    free(all->files);
    free(all->found);
    *all = (struct outbox_all){.n_files = 0};
}

bool outbox_all_look(struct outbox_place *place, Shap__Client__Waiting **entry, bool *is_in_use) {
    for (; place->file < place->all->n_files; place->file++, place->entry = 0) {
        const struct outbox_file *file = &place->all->files[place->file];
        if (!is_there(place->all->found[place->file]) || place->entry >= file->content->n_waiting)
            continue;
        *entry = file->content->waiting[place->entry++];
        *is_in_use = place->all->found[place->file] == OUTBOX_IN_USE;
        return true;
    }
    return false;
}

bool outbox_all_rewrite(struct outbox_file *file, Shap__Client__Waiting *const *kept,
                        struct error *err) {
    Shap__Client__Outbox left = *file->content;
    size_t n = 0;
    left.waiting = calloc(file->content->n_waiting + 1, sizeof(Shap__Client__Waiting *));
    if (left.waiting == NULL)
        return error_set(err, "not enough memory");
    for (size_t i = 0; i < file->content->n_waiting; i++) {
        if (kept[i] != NULL)
            left.waiting[n++] = kept[i];
    }
    left.n_waiting = n;
    bool is_written = n == 0 ? outbox_file_remove(file, err) : outbox_file_write(file, &left, err);
    free(left.waiting);
    return is_written;
}

// ---- What is said of it elsewhere ----

bool outbox_count(struct invocation *invocation, struct outbox_count *count) {
    struct outbox_all all;
    struct outbox_place place = {.all = &all};
    Shap__Client__Waiting *entry;
    bool is_in_use;
    *count = (struct outbox_count){.n_waiting = 0};
    if (outbox_all_open(&all, invocation, false)) {
        while (outbox_all_look(&place, &entry, &is_in_use)) {
            bool is_refused = entry->arrival == SHAP__CLIENT__ARRIVAL__ARRIVAL_REFUSED;
            bool is_ours = strcmp(entry->profile, invocation->settings.profile) == 0;
            if (is_in_use)
                continue;
            count->n_waiting += is_ours && !is_refused;
            count->n_refused += is_ours && is_refused;
            count->n_of_others += !is_ours;
            if (!is_ours)
                snprintf(count->other, sizeof count->other, "%s", entry->profile);
        }
        for (size_t i = 0; i < all.n_files; i++)
            count->n_damaged += all.found[i] == OUTBOX_DAMAGED;
    }
    outbox_all_finish(&all);
    return count->n_waiting + count->n_refused + count->n_of_others + count->n_damaged > 0;
}

void outbox_say(struct invocation *invocation, const struct outbox_count *count) {
    const char *profile = invocation->settings.profile;
    bool is_default = strcmp(profile, "default") == 0;
    if (count->n_waiting > 0)
        say(invocation,
            "%zu return%s from earlier wait%s in the outbox. To send: shap%s%s outbox resume",
            count->n_waiting, count->n_waiting == 1 ? "" : "s", count->n_waiting == 1 ? "s" : "",
            is_default ? "" : " --as ", is_default ? "" : profile);
    else if (count->n_refused + count->n_damaged > 0)
        say(invocation, "Returns that cannot be sent as they are lie in the outbox. Look at: shap "
                        "outbox list");
    else if (count->n_of_others > 0)
        say(invocation,
            "%zu return%s of profile %s wait%s in the outbox. To send: shap --as %s outbox resume",
            count->n_of_others, count->n_of_others == 1 ? "" : "s", count->other,
            count->n_of_others == 1 ? "s" : "", count->other);
}
