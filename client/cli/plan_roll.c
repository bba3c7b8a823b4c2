#include "client/cli/plan.h"

#include "client/cli/output.h"
#include "client/cli/request.h"
#include "shap/v1/carry.pb-c.h"

static const struct column roll_columns[] = {
    {"plan", "Plan", COLUMN_TEXT},
    {"version", "Version", COLUMN_TEXT},
    {"from_plan", "From", COLUMN_TEXT},
    {"from_version", "Its version", COLUMN_TEXT},
    {"as_at", "As at", COLUMN_TEXT},
    {"carried", "Carried over", COLUMN_TEXT},
    {"open", "Open", COLUMN_TEXT},
    {"ongoing", "Ongoing", COLUMN_TEXT},
    {"left", "Left", COLUMN_TEXT},
    {"complete", "Complete", COLUMN_TEXT},
    {"signed_off", "Signed off", COLUMN_TEXT},
    {"will_not_be_delivered", "Will not be delivered", COLUMN_TEXT},
    {"doubts_open", "Open doubts", COLUMN_TEXT},
};
enum { N_ROLL_COLUMNS = sizeof roll_columns / sizeof *roll_columns };

static int print_changes(struct invocation *invocation, const Shap__V1__Roll *roll) {
    struct listing *listing = output_begin(invocation, plan_change_columns, PLAN_CHANGE_N_COLUMNS);
    for (size_t i = 0; listing != NULL && i < roll->n_changes; i++) {
        if (!output_add(listing, &roll->changes[i]->base))
            break;
    }
    return output_end(invocation, listing);
}

// JSON holds the changes in the one object; a CSV file has one kind of row, the roll.
static int print_roll(struct invocation *invocation, const Shap__V1__Roll *roll) {
    enum format format = output_format(invocation);
    int code = output_message(invocation, &roll->base, roll_columns, N_ROLL_COLUMNS);
    if (code != EXIT_OK || roll->n_changes == 0 || format == FORMAT_JSON || format == FORMAT_CSV)
        return code;
    return output_blank_line(invocation) ? print_changes(invocation, roll) : EXIT_FAILED;
}

static void say_next(struct invocation *invocation, const Shap__V1__Roll *roll) {
    bool is_dry_run = argument_flag(invocation, "dry-run");
    say(invocation,
        "%d carried (open %d, ongoing %d), %d left (complete %d, signed off %d, will "
        "not be delivered %d).%s",
        roll->carried, roll->open, roll->ongoing, roll->left, roll->complete, roll->signed_off,
        roll->will_not_be_delivered, is_dry_run ? " Nothing is recorded." : "");
    if (roll->orders + roll->same_work + roll->shares > 0)
        say(invocation,
            "With them go on: %d declared of their order, %d of the same work; %d shared by hand, "
            "once the plan is adopted.",
            roll->orders, roll->same_work, roll->shares);
    if (roll->has_edited_version)
        say_warning(invocation,
                    "version %d of %s was edited; what was changed in it %s in the new version",
                    roll->edited_version, roll->plan, is_dry_run ? "would not be" : "is not");
    if (is_dry_run)
        return;
    if (!roll->made)
        say(invocation, "Nothing differs from version %d: no other was made.", roll->version);
    say(invocation, "By name: shap carry list %s --outcome left", roll->plan);
    say(invocation, "Next: shap plan doubts %s (%d open); to edit it: shap plan export %s -o FILE",
        roll->plan, roll->doubts_open, roll->plan);
}

int plan_roll_run(struct invocation *invocation) {
    Shap__V1__RollPlanRequest request = SHAP__V1__ROLL_PLAN_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer =
        request_call(invocation, &shap__v1__carry__descriptor, "RollPlan", &request.base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__Roll *roll = (const Shap__V1__Roll *)(const void *)answer;
    code = print_roll(invocation, roll);
    if (code == EXIT_OK)
        say_next(invocation, roll);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}
