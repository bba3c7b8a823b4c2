// `shap outbox`: returns that were sent, or about to be, and of which no answer is in hand.
#include <stdlib.h>
#include <string.h>
#include "client/cli/listing.h"
#include "client/cli/outbox_all.h"
#include "client/cli/outbox_resume.h"
#include "client/cli/output.h"
#include "client/cli/terminal.h"
#include "client/render/field.h"

static const struct column list_columns[] = {
    {"waits_since", "Waits since", COLUMN_TEXT}, {"said.reference", "Milestone", COLUMN_TEXT},
    {"said.status", "Status", COLUMN_TEXT},      {"said.note", "Note", COLUMN_WRAP},
    {"arrival", "The server", COLUMN_TEXT},      {"reason", "Why", COLUMN_WRAP},
    {"profile", "Profile", COLUMN_VARIED},       {"server", "For", COLUMN_TEXT},
    {"said.return_id", "Id", COLUMN_TEXT},
};
enum { N_LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static const struct column full_columns[] = {
    {"waits_since", "", COLUMN_TEXT},
    {"arrival", "", COLUMN_TEXT},
    {"reason", "", COLUMN_TEXT},
    {"server", "", COLUMN_TEXT},
    {"profile", "", COLUMN_TEXT},
    {"membership_id", "", COLUMN_TEXT},
    {"day", "", COLUMN_TEXT},
    {"said.return_id", "", COLUMN_TEXT},
    {"said.plan", "", COLUMN_TEXT},
    {"said.reference", "", COLUMN_TEXT},
    {"said.status", "", COLUMN_TEXT},
    {"said.note", "", COLUMN_TEXT},
    {"said.as_of", "", COLUMN_TEXT},
    {"said.evidence", "", COLUMN_TEXT},
    {"said.rating", "", COLUMN_TEXT},
    {"said.new_date", "", COLUMN_TEXT},
    {"said.reason", "", COLUMN_TEXT},
    {"said.corrects", "", COLUMN_TEXT},
    {"said.organisation", "", COLUMN_TEXT},
};
enum { N_FULL_COLUMNS = sizeof full_columns / sizeof *full_columns };

// ---- list ----

// The hash of the token is for comparing only.
static bool add(struct listing *listing, Shap__Client__Waiting *entry, bool is_in_use) {
    Shap__Client__Waiting shown = *entry;
    static const char on_its_way[] = "on its way by another shap just now";
    shown.has_token_hash = 0;
    if (is_in_use)
        shown.reason = (char *)(uintptr_t)on_its_way;
    return output_add(listing, &shown.base);
}

static int list_all(struct invocation *invocation, const struct outbox_all *all) {
    bool is_csv = output_format(invocation) == FORMAT_CSV;
    struct listing *listing = output_begin(invocation, is_csv ? full_columns : list_columns,
                                           is_csv ? N_FULL_COLUMNS : N_LIST_COLUMNS);
    struct outbox_place place = {.all = all};
    Shap__Client__Waiting *entry;
    bool is_in_use, goes_on = listing != NULL;
    while (goes_on && outbox_all_look(&place, &entry, &is_in_use))
        goes_on = add(listing, entry, is_in_use);
    size_t n = listing == NULL ? 0 : output_count(listing);
    int code = listing_end(invocation, listing);
    if (code == EXIT_OK)
        listing_say_next(invocation, n);
    return code;
}

static int run_list(struct invocation *invocation) {
    struct outbox_all all;
    int code = EXIT_FAILED;
    if (outbox_all_open(&all, invocation, true)) {
        code = list_all(invocation, &all);
        if (outbox_all_has_damage(&all) && code == EXIT_OK)
            code = EXIT_PARTLY;
    }
    outbox_all_finish(&all);
    return code;
}

// ---- drop ----

struct dropping {
    struct invocation *invocation; // borrowed
    struct outbox_all all;         // owned
    size_t n_chosen, n_in_use;
};

static bool is_same_id(const Shap__Client__Waiting *one, const Shap__Client__Waiting *other) {
    return strcmp(one->said->return_id, other->said->return_id) == 0;
}

// Each name must mean one return, and does when it is typed whole.
static int check_name(const struct dropping *dropping, const char *name) {
    struct outbox_place place = {.all = &dropping->all};
    Shap__Client__Waiting *entry, *first = NULL;
    bool is_in_use;
    while (outbox_all_look(&place, &entry, &is_in_use)) {
        if (!outbox_is_named(name, entry))
            continue;
        if (first != NULL && !is_same_id(first, entry))
            return fail_usage(dropping->invocation,
                              "\"%s\" can be %s or %s, among others: write more of it", name,
                              first->said->return_id, entry->said->return_id);
        first = entry;
    }
    return first != NULL ? EXIT_OK
                         : fail(dropping->invocation, EXIT_NOT_FOUND,
                                "no return with the id \"%s\" waits: shap outbox list shows them, "
                                "each with its id",
                                name);
}

static int check_names(const struct dropping *dropping) {
    size_t n = argument_count(dropping->invocation, "ID");
    bool is_all = argument_flag(dropping->invocation, "all");
    if ((n == 0) == !is_all)
        return fail_usage(dropping->invocation, "which? Name them by their ids, or say --all");
    for (size_t i = 0; i < n; i++) {
        int code = check_name(dropping, argument_at(dropping->invocation, "ID", i));
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

static void show(struct dropping *dropping, const Shap__Client__Waiting *entry) {
    char status[FIELD_LABEL_SIZE];
    const Shap__V1__SubmitReturnRequest *said = entry->said;
    say(dropping->invocation, "  %s  %s%s%s%s", said->reference == NULL ? "" : said->reference,
        field_enum_word(&shap__v1__return_status__descriptor, (int)said->status, status),
        said->note == NULL ? "" : "  \"", said->note == NULL ? "" : said->note,
        said->note == NULL ? "" : "\"");
}

static void show_chosen(struct dropping *dropping) {
    struct outbox_place place = {.all = &dropping->all};
    Shap__Client__Waiting *entry;
    bool is_in_use;
    while (outbox_all_look(&place, &entry, &is_in_use)) {
        if (!outbox_is_chosen(dropping->invocation, entry))
            continue;
        dropping->n_in_use += is_in_use;
        dropping->n_chosen += !is_in_use;
        if (!is_in_use)
            show(dropping, entry);
    }
}

// Only a yes typed out, or --yes, drops anything.
static int confirm(struct dropping *dropping) {
    struct invocation *invocation = dropping->invocation;
    struct buf line = {0};
    struct error err = {0};
    if (argument_flag(invocation, "yes"))
        return EXIT_OK;
    if (!terminal_is_one(stdin))
        return fail_usage(invocation, "there is nobody to ask here: say --yes to drop %s",
                          dropping->n_chosen == 1 ? "it" : "them");
    fprintf(invocation->err, "Drop %s for good? Type yes: ",
            dropping->n_chosen == 1 ? "this return" : "these returns");
    fflush(invocation->err);
    enum terminal_line read = terminal_read_line(&line, 80, &err);
    bool is_yes = read == TERMINAL_LINE && buf_append(&line, "", 1) &&
                  strcmp((const char *)buf_bytes(&line), "yes") == 0;
    buf_finish(&line);
    if (is_yes)
        return EXIT_OK;
    say(invocation, "Nothing was dropped.");
    return read == TERMINAL_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FAILED;
}

static bool drop_from(struct dropping *dropping, struct outbox_file *file, struct error *err) {
    size_t n = file->content->n_waiting, n_kept = 0;
    Shap__Client__Waiting **kept = calloc(n + 1, sizeof(Shap__Client__Waiting *));
    if (kept == NULL)
        return error_set(err, "not enough memory");
    for (size_t i = 0; i < n; i++) {
        bool is_dropped = outbox_is_chosen(dropping->invocation, file->content->waiting[i]);
        kept[i] = is_dropped ? NULL : file->content->waiting[i];
        n_kept += !is_dropped;
    }
    bool is_done = n_kept == n || outbox_all_rewrite(file, kept, err);
    free(kept);
    return is_done;
}

// With --all, what is damaged goes, too: it can never be sent.
static int drop(struct dropping *dropping) {
    struct error err = {0};
    bool is_all = argument_flag(dropping->invocation, "all"), is_done = true;
    for (size_t i = 0; is_done && i < dropping->all.n_files; i++) {
        struct outbox_file *file = &dropping->all.files[i];
        if (dropping->all.found[i] == OUTBOX_FOUND)
            is_done = drop_from(dropping, file, &err);
        else if (dropping->all.found[i] == OUTBOX_DAMAGED && is_all)
            is_done = outbox_file_remove(file, &err);
    }
    if (!is_done)
        return fail(dropping->invocation, EXIT_FAILED, "%s", err.message);
    say(dropping->invocation,
        "Dropped: %zu. What arrived before is on record all the same: shap return list",
        dropping->n_chosen);
    return EXIT_OK;
}

static int run_drop(struct invocation *invocation) {
    struct dropping dropping = {.invocation = invocation};
    int code = EXIT_FAILED;
    if (outbox_all_open(&dropping.all, invocation, true)) {
        code = check_names(&dropping);
        if (code == EXIT_OK)
            show_chosen(&dropping);
        if (code == EXIT_OK && dropping.n_in_use > 0)
            say(invocation, "%zu are on their way by another shap just now, and stay.",
                dropping.n_in_use);
        if (code == EXIT_OK && dropping.n_chosen == 0 && !outbox_all_has_damage(&dropping.all))
            say(invocation, "Nothing is there to be dropped. See: shap outbox list");
        else if (code == EXIT_OK && (code = confirm(&dropping)) == EXIT_OK)
            code = drop(&dropping);
    }
    outbox_all_finish(&dropping.all);
    return code;
}

// ---- The table ----

static const struct operand resume_operands[] = {
    {.name = "ID",
     .help = "those only, also where they were refused before: an id, or how it begins",
     .is_optional = true,
     .is_repeated = true},
    {0}};

static const struct option resume_options[] = {
    {.name = "moved",
     .kind = OPTION_FLAG,
     .help = "send here what was meant for another address: the server has moved"},
    {0}};

static const struct operand drop_operands[] = {
    {.name = "ID",
     .help = "which: an id, or how it begins (four characters at least)",
     .is_optional = true,
     .is_repeated = true},
    {0}};

static const struct option drop_options[] = {
    {.name = "all", .kind = OPTION_FLAG, .help = "all that waits, of every profile"},
    {.name = "yes", .kind = OPTION_FLAG, .help = "do not ask"},
    {0}};

static const struct command commands[] = {
    {.verb = "list",
     .summary = "What waits: returns that the server has not answered for",
     .details =
         "Every return is kept on this machine, with its id, before it is sent, and until the "
         "server's answer is here. What is listed was cut off: it may have arrived, has not "
         "arrived, or was refused when it was sent again, with the reason. Sent again under its "
         "id it counts once.\n\n"
         "The files are in ~/.local/state/shap/outbox (XDG_STATE_HOME counts), readable by you "
         "alone. Where nothing can be written there, a return is sent all the same, with a "
         "warning. CSV has everything it says; no server is asked.",
     .example = "shap outbox list\nshap outbox list --format csv",
     .is_local = true,
     .is_list = true,
     .run = run_list,
     .next = "shap outbox resume sends what waits, and shap outbox drop ID forgets one",
     .empty = "Nothing waits: all that was sent from here was answered. What is owed: shap "
              "outstanding"},
    {.verb = "resume",
     .summary = "Send what waits, under the ids it has",
     .details =
         "Each return counts once, however often it is sent: one that had arrived is answered as "
         "on record already. What the server refuses stays, marked with its reason, and is sent "
         "again only when its ID is named. A return that names no day speaks of the day it was "
         "written, also when it is sent later.\n\n"
         "Only what was said under your own membership is sent, and only to the server it was "
         "meant for: any of its addresses, if it has several. Another profile's is sent with "
         "--as PROFILE.\n\n"
         "Exit code 3: some were refused; 1: all of them; 7: some belong to another sign-in or "
         "server.",
     .example = "shap outbox resume\nshap outbox resume 3f2a",
     .operands = resume_operands,
     .options = resume_options,
     .run = outbox_resume_run,
     .next = "shap return list"},
    {.verb = "drop",
     .summary = "Forget what waits, after asking",
     .details = "For what is not to be said any more, or was refused and said anew. It shows what "
                "would be lost and asks; without a terminal it wants --yes.",
     .example = "shap outbox drop 3f2a\nshap outbox drop --all --yes",
     .operands = drop_operands,
     .options = drop_options,
     .is_local = true,
     .run = run_drop,
     .next = "shap outbox list"},
    {0}};

const struct noun noun_outbox = {
    .name = "outbox", .summary = "Returns that wait for an answer", .commands = commands};
