#include "client/cli/outbox_resume.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "client/cli/listing.h"
#include "client/cli/outbox_all.h"
#include "client/cli/outbox_entry.h"
#include "client/cli/output.h"
#include "client/cli/today.h"
#include "client/cli/return.h"
#include "shap/v1/directory.pb-c.h"

enum { MOST_IN_FLIGHT = 32, SHORTEST_NAME = 4 };

enum item_state {
    ITEM_LEFT,    // not to be sent
    ITEM_TO_SEND, // not called yet, or once more
    ITEM_CALLED,
    ITEM_DONE,    // on record
    ITEM_REFUSED, // kept, with the reason
    ITEM_UNDONE,  // it waits on
};

// One return that waits.
struct item {
    struct resume *resume;        // back-link
    Shap__Client__Waiting *entry; // owned by its file
    size_t file;
    enum item_state state;
    Shap__Client__Arrival before; // what was known of it
    bool has_day;                 // it is sent with the day it was written on
};

struct resume {
    struct invocation *invocation; // borrowed
    struct outbox_owner owner;
    struct outbox_all all;   // owned
    struct item *items;      // owned
    struct listing *listing; // owned; of the receipts
    struct shap_outcome stopped;
    size_t n_items, n_done, n_replayed, n_refused, n_waiting, n_in_use, n_others, n_strange;
    size_t next;            // item to be looked at for a call
    bool takes_corrections; // what corrects another return goes after all others, one by one
    bool is_stopped;
};

bool outbox_is_named(const char *name, const Shap__Client__Waiting *entry) {
    size_t len = strlen(name);
    return len >= SHORTEST_NAME && strncasecmp(name, entry->said->return_id, len) == 0;
}

bool outbox_is_chosen(const struct invocation *invocation, const Shap__Client__Waiting *entry) {
    size_t n = argument_count(invocation, "ID");
    for (size_t i = 0; i < n; i++) {
        if (outbox_is_named(argument_at(invocation, "ID", i), entry))
            return true;
    }
    return n == 0;
}

// ---- What is sent ----

// Where login did not note whose the token is, the server is asked, if that can decide anything.
static int learn_membership(struct resume *resume) {
    struct outbox_place place = {.all = &resume->all};
    Shap__Client__Waiting *entry;
    bool is_in_use, is_needed = false;
    int code = EXIT_OK;
    while (outbox_all_look(&place, &entry, &is_in_use))
        is_needed =
            is_needed || (entry->membership_id != 0 && !outbox_entry_is_of(entry, &resume->owner));
    if (!is_needed || resume->owner.membership_id != 0)
        return EXIT_OK;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    ProtobufCMessage *answer = invocation_call(resume->invocation, &shap__v1__directory__descriptor,
                                               "WhoAmI", &request.base, &code);
    if (answer != NULL) {
        resume->owner.membership_id = ((Shap__V1__Identity *)(void *)answer)->membership_id;
        protobuf_c_message_free_unpacked(answer, NULL);
    }
    return code;
}

static bool is_named(const struct resume *resume) {
    return argument_count(resume->invocation, "ID") > 0;
}

// Decides about one. What another membership said is never sent as this one's word.
static enum item_state choose(struct resume *resume, const Shap__Client__Waiting *entry,
                              bool is_in_use) {
    bool is_refused = entry->arrival == SHAP__CLIENT__ARRIVAL__ARRIVAL_REFUSED;
    if (!outbox_is_chosen(resume->invocation, entry) || (is_refused && !is_named(resume)))
        return ITEM_LEFT;
    bool is_here =
        outbox_entry_is_for(entry, &resume->owner) || argument_flag(resume->invocation, "moved");
    if (is_in_use) {
        resume->n_in_use++;
        return ITEM_LEFT;
    }
    if (is_here && outbox_entry_is_of(entry, &resume->owner))
        return ITEM_TO_SEND;
    if (strcmp(entry->profile, resume->owner.profile) == 0)
        resume->n_strange++;
    else
        resume->n_others++;
    return ITEM_LEFT;
}

static size_t n_entries(const struct outbox_all *all) {
    struct outbox_place place = {.all = all};
    Shap__Client__Waiting *entry;
    bool is_in_use;
    size_t n = 0;
    while (outbox_all_look(&place, &entry, &is_in_use))
        n++;
    return n;
}

static bool collect(struct resume *resume) {
    struct outbox_place place = {.all = &resume->all};
    Shap__Client__Waiting *entry;
    bool is_in_use;
    resume->items = calloc(n_entries(&resume->all) + 1, sizeof *resume->items);
    if (resume->items == NULL)
        return false;
    while (outbox_all_look(&place, &entry, &is_in_use)) {
        struct item *item = &resume->items[resume->n_items++];
        *item = (struct item){.resume = resume,
                              .entry = entry,
                              .file = place.file,
                              .state = choose(resume, entry, is_in_use),
                              .before = entry->arrival};
        // Known on the day it was written, it would speak of that day.
        item->has_day = entry->said->as_of == NULL && entry->day != NULL &&
                        strcmp(entry->day, resume->owner.today) != 0;
        if (item->state == ITEM_TO_SEND)
            entry->arrival = SHAP__CLIENT__ARRIVAL__ARRIVAL_MAY_HAVE_ARRIVED;
        if (item->state == ITEM_TO_SEND && item->has_day)
            (void)today_find(resume->invocation); // says so if this clock is wrong
    }
    return true;
}

// ---- The files ----

// Writes a file as its items are now.
static bool write_file(struct resume *resume, size_t at, struct error *err) {
    struct outbox_file *file = &resume->all.files[at];
    Shap__Client__Waiting **kept = calloc(resume->n_items + 1, sizeof(Shap__Client__Waiting *));
    size_t n = 0;
    if (kept == NULL)
        return error_set(err, "not enough memory");
    for (size_t i = 0; i < resume->n_items; i++) {
        const struct item *item = &resume->items[i];
        if (item->file == at)
            kept[n++] = item->state == ITEM_DONE ? NULL : item->entry;
    }
    bool is_written = outbox_all_rewrite(file, kept, err);
    free(kept);
    return is_written;
}

// Writes those files of which something is sent: what is said of an entry there is true whenever
// this program ends. Where that fails, each is sent again another time, and counts once.
static void write_files(struct resume *resume, bool only_unsent) {
    for (size_t at = 0; at < resume->all.n_files; at++) {
        struct error err = {0};
        bool is_due = false;
        for (size_t i = 0; i < resume->n_items; i++) {
            const struct item *item = &resume->items[i];
            bool is_changed =
                only_unsent ? item->before != item->entry->arrival : item->state != ITEM_LEFT;
            is_due = is_due || (item->file == at && is_changed);
        }
        if (is_due && !write_file(resume, at, &err))
            say_warning(resume->invocation, "%s", err.message);
    }
}

// ---- The calls ----

static bool on_receipt(void *ctx, const ProtobufCMessage *message) {
    struct item *item = ctx;
    item->resume->n_replayed += ((const Shap__V1__Receipt *)(const void *)message)->replayed != 0;
    return output_add(item->resume->listing, message);
}

static void keep_reason(struct item *item, const char *reason) {
    char *copy = strdup(reason);
    if (copy == NULL)
        return;
    free(item->entry->reason);
    item->entry->reason = copy;
}

static void on_success(struct item *item) {
    item->state = ITEM_DONE;
    item->resume->n_done++;
    if (item->has_day)
        say(item->resume->invocation, "%s: as of %s, the day it was written",
            item->entry->said->reference, item->entry->day);
}

static void on_failure(struct item *item, const struct shap_outcome *outcome) {
    struct resume *resume = item->resume;
    keep_reason(item, outcome->message);
    if (outbox_is_refusal(outcome)) {
        item->state = ITEM_REFUSED;
        item->entry->has_arrival = 1;
        item->entry->arrival = SHAP__CLIENT__ARRIVAL__ARRIVAL_REFUSED;
        resume->n_refused++;
        fail(resume->invocation, EXIT_PARTLY, "%s: %s", item->entry->said->reference,
             outcome->message);
        return;
    }
    item->state = ITEM_UNDONE;
    item->entry->arrival = outbox_arrival(item->before, outcome);
    if (!resume->is_stopped)
        resume->stopped = *outcome;
    resume->is_stopped = true;
}

// What named no day was perhaps recorded as it stands, on the day it was written: then the same
// with that day is refused, and what is sent next is answered as it was then.
static void on_done(void *ctx, const struct shap_outcome *outcome) {
    struct item *item = ctx;
    if (item->has_day)
        item->entry->said->as_of = NULL;
    if (outcome->status == GRPC_OK) {
        on_success(item);
    } else if (item->has_day && outbox_is_refusal(outcome)) {
        item->has_day = false;
        item->state = ITEM_TO_SEND;
    } else {
        on_failure(item, outcome);
    }
}

static bool next_call(void *ctx, struct shap_call *call) {
    struct resume *resume = ctx;
    while (resume->next < resume->n_items && !resume->is_stopped) {
        struct item *item = &resume->items[resume->next++];
        bool corrects = item->entry->said->corrects != NULL;
        if (item->state != ITEM_TO_SEND || corrects != resume->takes_corrections)
            continue;
        item->state = ITEM_CALLED;
        if (item->has_day)
            item->entry->said->as_of = item->entry->day; // packed before this returns to the loop
        *call = (struct shap_call){.service = &shap__v1__returns__descriptor,
                                   .method = "SubmitReturn",
                                   .request = &item->entry->said->base,
                                   .on_message = on_receipt,
                                   .on_done = on_done,
                                   .ctx = item};
        return true;
    }
    return false;
}

static bool has_more(const struct resume *resume) {
    bool is_left = false;
    for (size_t i = 0; i < resume->n_items; i++)
        is_left = is_left ||
                  (resume->items[i].state == ITEM_TO_SEND &&
                   (resume->items[i].entry->said->corrects != NULL) == resume->takes_corrections);
    return is_left && !resume->is_stopped && !invocation_interrupted(resume->invocation);
}

static void send_all(struct resume *resume, struct shap_client *client) {
    for (int round = 0; round < 2; round++) {
        resume->takes_corrections = round == 1;
        while (has_more(resume)) {
            resume->next = 0;
            shap_invoke_many(client, resume->takes_corrections ? 1 : MOST_IN_FLIGHT, next_call,
                             resume);
        }
    }
    for (size_t i = 0; i < resume->n_items; i++) {
        struct item *item = &resume->items[i];
        if (item->state == ITEM_TO_SEND) {
            item->state = ITEM_UNDONE;
            item->entry->arrival = item->before;
        }
        resume->n_waiting += item->state == ITEM_UNDONE;
    }
}

// ---- The end ----

static void say_left(const struct resume *resume) {
    struct invocation *invocation = resume->invocation;
    if (resume->n_refused > 0)
        say(invocation,
            "What is refused stays in the outbox with the reason, and is not sent again "
            "by itself: shap outbox list. To forget it: shap outbox drop ID");
    if (resume->n_waiting > 0)
        say(invocation, "%zu wait on. To go on: shap outbox resume", resume->n_waiting);
    if (resume->n_in_use > 0)
        say(invocation, "%zu are on their way by another shap just now.", resume->n_in_use);
    if (resume->n_others > 0)
        say(invocation, "%zu belong to another profile: shap outbox list", resume->n_others);
    if (resume->n_done > 0 && resume->n_waiting + resume->n_refused == 0)
        say(invocation, "Next: the coordinator reviews them; see shap return list.");
}

static int end(struct resume *resume, int written) {
    struct invocation *invocation = resume->invocation;
    int code = written;
    if (resume->is_stopped)
        code = fail_outcome(invocation, &resume->stopped);
    else if (invocation_interrupted(invocation))
        code = EXIT_INTERRUPTED;
    else if (resume->n_refused > 0)
        code = resume->n_done > 0 ? EXIT_PARTLY : EXIT_FAILED;
    if (resume->n_strange > 0) {
        int refused = fail(
            invocation, EXIT_CONFLICT,
            "%zu waiting return%s made under another sign-in of profile %s, or for another server, "
            "and %s not sent: `shap outbox list` shows which. If the same server has moved: shap "
            "outbox resume --moved",
            resume->n_strange, resume->n_strange == 1 ? " was" : "s were", resume->owner.profile,
            resume->n_strange == 1 ? "is" : "are");
        code = code == EXIT_OK ? refused : code;
    }
    if (resume->n_done + resume->n_refused + resume->n_waiting > 0)
        say(invocation, "%zu on record (%zu of them already), %zu refused.", resume->n_done,
            resume->n_replayed, resume->n_refused);
    else if (resume->n_strange + resume->n_in_use == 0)
        say(invocation, is_named(resume) ? "Nothing of that name waits. See: shap outbox list"
                                         : "Nothing waits to be sent. See: shap outbox list");
    say_left(resume);
    return code;
}

static int resume_all(struct resume *resume, struct shap_client *client) {
    int code = learn_membership(resume);
    if (code != EXIT_OK)
        return code;
    if (!collect(resume))
        return fail(resume->invocation, EXIT_FAILED, "not enough memory");
    resume->listing =
        output_begin(resume->invocation, return_receipt_columns, RETURN_RECEIPT_N_COLUMNS);
    if (resume->listing == NULL)
        return EXIT_FAILED;
    write_files(resume, true);
    send_all(resume, client);
    write_files(resume, false);
    return end(resume, listing_end(resume->invocation, resume->listing));
}

int outbox_resume_run(struct invocation *invocation) {
    struct resume resume = {.invocation = invocation};
    int code;
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    if (!outbox_owner_of(invocation, &resume.owner))
        return fail(invocation, EXIT_SIGN_IN, "nobody is signed in");
    code =
        outbox_all_open(&resume.all, invocation, true) ? resume_all(&resume, client) : EXIT_FAILED;
    if (code == EXIT_OK && outbox_all_has_damage(&resume.all))
        code = EXIT_PARTLY;
    free(resume.items);
    outbox_all_finish(&resume.all);
    return code;
}
