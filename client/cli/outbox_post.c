#include "client/cli/outbox_post.h"

#include <stdlib.h>
#include <string.h>
#include "client/cli/outbox_all.h"
#include "client/cli/outbox_entry.h"
#include "client/cli/outbox_file.h"

struct outbox_post {
    struct invocation *invocation; // borrowed
    struct outbox_owner owner;
    struct outbox_file file;         // owned
    Google__Protobuf__Timestamp now; // of all entries
    Shap__Client__Waiting *entries;  // owned, what they say and their reasons, too
    Shap__Client__Waiting **waiting; // owned: those that are not answered, when it ends
    Shap__Client__Waiting **by_id;   // owned: all, in the order of their ids, when it ends
    bool *is_answered;               // owned; of each entry
    size_t n;
};

static void destroy(struct outbox_post *post) {
    if (post == NULL)
        return;
    for (size_t i = 0; post->entries != NULL && i < post->n; i++) {
        if (post->entries[i].said != NULL)
            shap__v1__submit_return_request__free_unpacked(post->entries[i].said, NULL);
        free(post->entries[i].reason);
    }
    outbox_file_finish(&post->file);
    free(post->entries);
    free(post->waiting);
    free(post->by_id);
    free(post->is_answered);
    free(post);
}

static struct outbox_post *create(struct invocation *invocation, size_t n, struct error *err) {
    struct outbox_post *post = calloc(1, sizeof *post);
    if (post != NULL) {
        post->file.fd = -1;
        post->invocation = invocation;
        post->n = n;
        post->entries = calloc(n, sizeof *post->entries);
        post->waiting = calloc(n, sizeof(Shap__Client__Waiting *));
        post->by_id = calloc(n, sizeof(Shap__Client__Waiting *));
        post->is_answered = calloc(n, sizeof(bool));
    }
    if (post != NULL && post->entries != NULL && post->waiting != NULL && post->by_id != NULL &&
        post->is_answered != NULL)
        return post;
    error_set(err, "not enough memory");
    destroy(post);
    return NULL;
}

static bool fill(struct outbox_post *post, const Shap__V1__SubmitReturnRequest *const *requests,
                 struct error *err) {
    google__protobuf__timestamp__init(&post->now);
    post->now.seconds = post->owner.now;
    for (size_t i = 0; i < post->n; i++) {
        Shap__Client__Waiting *entry = &post->entries[i];
        shap__client__waiting__init(entry);
        outbox_entry_fill(entry, &post->owner);
        entry->waits_since = &post->now;
        entry->said = (Shap__V1__SubmitReturnRequest *)shap_message_copy(&requests[i]->base);
        if (entry->said == NULL)
            return error_set(err, "not enough memory");
        post->waiting[i] = entry;
    }
    return true;
}

static bool write_file(struct outbox_post *post, size_t n_waiting, struct error *err) {
    Shap__Client__Outbox content = SHAP__CLIENT__OUTBOX__INIT;
    content.waiting = post->waiting;
    content.n_waiting = n_waiting;
    return outbox_file_write(&post->file, &content, err);
}

static void say_not_kept(struct invocation *invocation, size_t n, const char *why) {
    say_warning(invocation,
                "%s cannot be kept in the outbox (%s), and %s sent all the same: if this is broken "
                "off, look at `shap return list`, and send what is missing with the same id",
                n == 1 ? "the return" : "the returns", why, n == 1 ? "is" : "are");
}

struct outbox_post *outbox_post_begin(struct invocation *invocation,
                                      const Shap__V1__SubmitReturnRequest *const *requests,
                                      size_t n) {
    struct error err = {0};
    const char *directory = invocation->settings.outbox_path;
    if (n == 0)
        return NULL;
    if (directory == NULL)
        error_set(&err, "there is no home directory: set HOME or XDG_STATE_HOME");
    struct outbox_post *post = directory == NULL ? NULL : create(invocation, n, &err);
    bool is_kept = post != NULL && (outbox_owner_of(invocation, &post->owner) ||
                                    error_set(&err, "nobody is signed in"));
    is_kept = is_kept && (post->file.path = outbox_file_name(directory, &err)) != NULL;
    is_kept = is_kept && fill(post, requests, &err) && write_file(post, n, &err);
    if (is_kept) {
        // What is not reported on was never sent.
        for (size_t i = 0; i < n; i++)
            post->entries[i].arrival = SHAP__CLIENT__ARRIVAL__ARRIVAL_NOT_ARRIVED;
        return post;
    }
    say_not_kept(invocation, n, err.message);
    destroy(post);
    return NULL;
}

void outbox_post_answered(struct outbox_post *post, size_t i, const struct shap_outcome *outcome) {
    if (post == NULL)
        return;
    Shap__Client__Waiting *entry = &post->entries[i];
    if (outcome->status == GRPC_OK || outbox_is_refusal(outcome)) {
        post->is_answered[i] = true;
        return;
    }
    entry->arrival = outbox_arrival(SHAP__CLIENT__ARRIVAL__ARRIVAL_NOT_ARRIVED, outcome);
    free(entry->reason);
    entry->reason = strdup(outcome->message);
}

// ---- What an earlier command left ----

static int compare_ids(const void *one, const void *other) {
    const Shap__Client__Waiting *const *a = one, *const *b = other;
    return strcmp((*a)->said->return_id, (*b)->said->return_id);
}

// The same return in this post: NULL where it has none.
static Shap__Client__Waiting *find_own(const struct outbox_post *post,
                                       Shap__Client__Waiting *entry) {
    Shap__Client__Waiting **found =
        bsearch(&entry, post->by_id, post->n, sizeof *post->by_id, compare_ids);
    bool is_same = found != NULL && outbox_entry_is_of(entry, &post->owner) &&
                   outbox_entry_is_for(entry, &post->owner) &&
                   outbox_says_same(entry->said, (*found)->said);
    return is_same ? *found : NULL;
}

// Whether one that was left needs no keeping: it was answered now, or waits in this post, as of the
// same day, too. Then what was known of it before is known of that one.
static bool settle_entry(const struct outbox_post *post, Shap__Client__Waiting *entry) {
    Shap__Client__Waiting *own = find_own(post, entry);
    if (own == NULL || post->is_answered[own - post->entries])
        return own != NULL;
    bool has_day =
        entry->said->as_of != NULL || (entry->day != NULL && strcmp(entry->day, own->day) == 0);
    if (has_day && entry->arrival == SHAP__CLIENT__ARRIVAL__ARRIVAL_MAY_HAVE_ARRIVED)
        own->arrival = entry->arrival;
    return has_day;
}

// Marks what needs no keeping in every file that is free: its entries become NULL. Returns how
// many.
static size_t settle_file(const struct outbox_post *post, const struct outbox_file *file,
                          Shap__Client__Waiting **kept) {
    size_t n_settled = 0;
    for (size_t i = 0; i < file->content->n_waiting; i++) {
        bool is_settled = settle_entry(post, file->content->waiting[i]);
        kept[i] = is_settled ? NULL : file->content->waiting[i];
        n_settled += is_settled;
    }
    return n_settled;
}

// What cannot be written stays as it is: it is sent again one day, and counts once. The file of
// this post is none that was left, though its lock does not tell where the file system knows no
// locks.
static void settle(const struct outbox_post *post, struct outbox_all *all, bool writes) {
    for (size_t i = 0; i < all->n_files; i++) {
        struct error err = {0};
        struct outbox_file *file = &all->files[i];
        if (all->found[i] != OUTBOX_FOUND || strcmp(file->path, post->file.path) == 0)
            continue;
        Shap__Client__Waiting **kept =
            calloc(file->content->n_waiting + 1, sizeof(Shap__Client__Waiting *));
        bool is_due = kept != NULL && settle_file(post, file, kept) > 0 && writes;
        if (is_due && !outbox_all_rewrite(file, kept, &err))
            say_warning(post->invocation, "%s", err.message);
        free(kept);
    }
}

static size_t sort(struct outbox_post *post) {
    size_t n_waiting = 0;
    for (size_t i = 0; i < post->n; i++) {
        post->by_id[i] = &post->entries[i];
        if (!post->is_answered[i])
            post->waiting[n_waiting++] = &post->entries[i];
    }
    qsort(post->by_id, post->n, sizeof *post->by_id, compare_ids);
    return n_waiting;
}

size_t outbox_post_end(struct outbox_post *post) {
    struct error err = {0};
    struct outbox_all all;
    if (post == NULL)
        return 0;
    size_t n_waiting = sort(post);
    bool is_open = outbox_all_open(&all, post->invocation, false);
    settle(post, &all, false);
    bool is_done =
        n_waiting == 0 ? outbox_file_remove(&post->file, &err) : write_file(post, n_waiting, &err);
    if (is_done && is_open)
        settle(post, &all, true);
    else if (!is_done)
        say_warning(post->invocation, "%s; what it holds may be sent again, and counts once",
                    err.message);
    outbox_all_finish(&all);
    destroy(post);
    return n_waiting;
}

// ---- What is typed again ----

static bool is_same_again(const Shap__Client__Waiting *entry, const struct outbox_owner *owner,
                          const Shap__V1__SubmitReturnRequest *request) {
    bool has_day =
        request->as_of != NULL || (entry->day != NULL && strcmp(entry->day, owner->today) == 0);
    return has_day && entry->arrival != SHAP__CLIENT__ARRIVAL__ARRIVAL_REFUSED &&
           outbox_entry_is_of(entry, owner) && outbox_entry_is_for(entry, owner) &&
           outbox_says_same(entry->said, request);
}

bool outbox_post_find_same(struct invocation *invocation,
                           const Shap__V1__SubmitReturnRequest *request, char id[SHAP_UUID_SIZE]) {
    struct outbox_owner owner;
    struct outbox_all all;
    struct outbox_place place = {.all = &all};
    Shap__Client__Waiting *entry;
    bool is_found = false, is_in_use;
    if (!outbox_owner_of(invocation, &owner))
        return false;
    if (outbox_all_open(&all, invocation, false)) {
        while (!is_found && outbox_all_look(&place, &entry, &is_in_use)) {
            is_found = !is_in_use && strlen(entry->said->return_id) == SHAP_UUID_SIZE - 1 &&
                       is_same_again(entry, &owner, request);
            if (is_found)
                memcpy(id, entry->said->return_id, SHAP_UUID_SIZE);
        }
    }
    outbox_all_finish(&all);
    return is_found;
}
