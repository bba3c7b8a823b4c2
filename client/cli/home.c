#include "client/cli/home.h"

#include <string.h>
#include "client/cli/identity.h"
#include "client/cli/output.h"
#include "client/render/table.h"
#include "client/render/words.h"
#include "shap/v1/windows.pb-c.h"

enum { LONGEST_WAIT_MS = 3000, N_NAMED = 3, N_KINDS = 7 };

// How many of each kind are said, and what is typed next.
static const struct {
    const char *one, *many, *next;
} kinds[N_KINDS] = {
    [SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_RETURN] = {"return is owed", "returns are owed",
                                                             "shap answer"},
    [SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SENT_BACK] = {"return was sent back",
                                                                "returns were sent back",
                                                                "shap answer"},
    [SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_REVIEW] = {"return waits for a review",
                                                             "returns wait for a review",
                                                             "shap review list"},
    [SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_NEW_DATE] = {"request for a new date",
                                                               "requests for new dates",
                                                               "shap review list --dates"},
    [SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SIGN_OFF] =
        {"milestone waits for the panel's sign-off", "milestones wait for the panel's sign-off",
         "shap report sign-off"},
    [SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_NOTE] =
        {"milestone will not be delivered, for the panel to note",
         "milestones will not be delivered, for the panel to note", "shap report sign-off"},
};

struct tally {
    size_t n, of_kind[N_KINDS];
    char due_on[16];                     // the first day returns are due; empty: no window asks
    struct words named[N_KINDS];         // the first few of each kind, a line each
    struct words named_of_plan[N_KINDS]; // the same with the plan of each
    struct words plan;                   // of the first item
    bool names_plans;                    // there are items of more than one
};

static void name_item(struct words *named, const char *plan,
                      const Shap__V1__OutstandingItem *item) {
    words_add(named, "    %s%s%s%s%s", plan, plan[0] == '\0' ? "" : " ",
              item->reference == NULL ? "" : item->reference, item->milestone == NULL ? "" : "  ",
              item->milestone == NULL ? "" : item->milestone);
    if (item->due_day != NULL) {
        words_add(named, " (due ");
        words_add_day(named, item->due_day);
        words_add(named, ")");
    }
    words_add(named, "\n");
}

static void note_plan(struct tally *tally, const char *plan) {
    if (tally->n == 0)
        words_add(&tally->plan, "%s", plan);
    const char *first = words_text(&tally->plan);
    tally->names_plans = tally->names_plans || (first != NULL && strcmp(plan, first) != 0);
}

static bool on_item(void *ctx, const ProtobufCMessage *message) {
    struct tally *tally = ctx;
    const Shap__V1__OutstandingItem *item =
        (const Shap__V1__OutstandingItem *)(const void *)message;
    size_t kind = (size_t)item->kind;
    if (kind == 0 || kind >= N_KINDS)
        return true;
    note_plan(tally, item->plan == NULL ? "" : item->plan);
    tally->n++;
    if (tally->of_kind[kind]++ < N_NAMED) {
        name_item(&tally->named[kind], "", item);
        name_item(&tally->named_of_plan[kind], item->plan == NULL ? "" : item->plan, item);
    }
    if (item->due_on != NULL && strlen(item->due_on) < sizeof tally->due_on &&
        (tally->due_on[0] == '\0' || strcmp(item->due_on, tally->due_on) < 0))
        snprintf(tally->due_on, sizeof tally->due_on, "%s", item->due_on);
    return true;
}

static bool add_kind(struct words *out, struct tally *tally, size_t kind) {
    size_t n = tally->of_kind[kind];
    if (n == 0)
        return true;
    words_add(out, "%zu %s", n, n == 1 ? kinds[kind].one : kinds[kind].many);
    if (kind == SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_RETURN && tally->due_on[0] != '\0') {
        words_add(out, ", by ");
        words_add_day(out, tally->due_on);
    }
    const char *named =
        words_text(tally->names_plans ? &tally->named_of_plan[kind] : &tally->named[kind]);
    words_add(out, ":\n%s", named == NULL ? "" : named);
    if (n > N_NAMED)
        words_add(out, "    and %zu more\n", n - N_NAMED);
    words_add(out, "  Next: %s\n", kinds[kind].next);
    return named != NULL;
}

static bool print_tally(struct invocation *invocation, struct tally *tally) {
    struct words out = {.has_failed = false};
    bool is_whole = !tally->plan.has_failed;
    if (tally->n == 0)
        words_add(&out, "Nothing waits for you.\n");
    for (size_t kind = 1; kind < N_KINDS; kind++)
        is_whole = add_kind(&out, tally, kind) && is_whole;
    bool is_printed = false;
    if (!is_whole || words_text(&out) == NULL)
        fail(invocation, EXIT_FAILED, "what waits for you is not known: not enough memory");
    else
        is_printed = output_bytes(invocation, &out.text);
    words_finish(&out);
    return is_printed;
}

// For whom nothing is listed: an administrator, a region with its many plans, before there is a
// plan.
static void say_who(struct invocation *invocation, struct shap_client *client) {
    struct shap_outcome outcome;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    const struct shap_call call = {
        .service = &shap__v1__directory__descriptor, .method = "WhoAmI", .request = &request.base};
    ProtobufCMessage *answer = shap_invoke_unary(client, &call, &outcome);
    if (answer == NULL)
        return;
    identity_say_next(invocation, (const Shap__V1__Identity *)(const void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
}

static void tell(struct invocation *invocation, struct shap_client *client,
                 const struct shap_outcome *outcome) {
    if (outcome->status == GRPC_PERMISSION_DENIED || outcome->status == GRPC_NOT_FOUND ||
        outcome->status == GRPC_INVALID_ARGUMENT) {
        say_who(invocation, client);
        return;
    }
    fail(invocation, outcome_exit_code(outcome), "what waits for you is not known: %s",
         outcome->message);
}

// What runs where no command was named.
static const struct command home = {.summary = "What waits for you",
                                    .formats = 1u << FORMAT_TABLE,
                                    .service = &shap__v1__windows__descriptor,
                                    .method = "ListOutstanding"};

static bool print(struct invocation *invocation) {
    struct tally tally = {.n = 0};
    struct shap_outcome outcome;
    bool is_printed = false;
    if (invocation_load_settings(invocation) != EXIT_OK)
        return false;
    struct shap_client *client = invocation_connect_briefly(invocation, LONGEST_WAIT_MS);
    if (client == NULL)
        return false;
    Shap__V1__ListOutstandingRequest request = SHAP__V1__LIST_OUTSTANDING_REQUEST__INIT;
    request.plan = (char *)invocation_plan(invocation);
    const struct shap_call call = {.service = home.service,
                                   .method = home.method,
                                   .request = &request.base,
                                   .on_message = on_item,
                                   .ctx = &tally};
    if (shap_invoke(client, &call, &outcome))
        is_printed = print_tally(invocation, &tally);
    else
        tell(invocation, client, &outcome);
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        words_finish(&tally.named[kind]);
        words_finish(&tally.named_of_plan[kind]);
    }
    words_finish(&tally.plan);
    if (is_printed)
        say(invocation, "All of it: shap outstanding. Every command: shap help");
    return is_printed;
}

bool home_print(struct invocation *invocation) {
    invocation->command = &home;
    bool is_printed = print(invocation);
    invocation->command = NULL;
    return is_printed;
}
