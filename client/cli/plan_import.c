#include "client/cli/plan.h"

#include <sys/stat.h>
#include <time.h>
#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"
#include "client/import/plan_file.h"

enum { MOST_TRIES = 3, MOST_LEFT_BEHIND = 12 };

const struct column plan_change_columns[PLAN_CHANGE_N_COLUMNS] = {
    {"kind", "Change", COLUMN_TEXT},   {"reference", "Milestone", COLUMN_TEXT},
    {"line", "Line", COLUMN_RIGHT},    {"field", "Column", COLUMN_TEXT},
    {"before", "Before", COLUMN_WRAP}, {"after", "After", COLUMN_WRAP},
};

// An import on its way. code is what to exit with once it is not EXIT_OK; the reason has been told.
struct import {
    struct invocation *invocation; // borrowed
    struct shap_client *client;    // borrowed
    char id[SHAP_UUID_SIZE];
    size_t n_parts; // of the file, 0 when not known beforehand
    int code;
};

static void on_warning(void *ctx, const char *text) {
    struct import *import = ctx;
    say_warning(import->invocation, "%s", text);
}

static void pause_before_try(int try) {
    struct timespec pause = {.tv_sec = try};
    nanosleep(&pause, NULL);
}

// A part sent again is the same part: losing an answer loses nothing.
static bool on_part(void *ctx, const Shap__V1__SendImportPartRequest *part, struct error *err) {
    struct import *import = ctx;
    struct shap_outcome outcome;
    const struct shap_call call = {.service = &shap__v1__plans__descriptor,
                                   .method = "SendImportPart",
                                   .request = &part->base};
    progress_show(import->invocation, "Sending part", (size_t)part->part, import->n_parts);
    bool is_sent = shap_invoke(import->client, &call, &outcome);
    for (int try = 1; !is_sent && try < MOST_TRIES; try++) {
        if (outcome.status != GRPC_UNAVAILABLE || invocation_interrupted(import->invocation))
            break;
        pause_before_try(try);
        is_sent = shap_invoke(import->client, &call, &outcome);
    }
    progress_end(import->invocation);
    if (is_sent)
        return true;
    import->code = fail_outcome(import->invocation, &outcome);
    return error_set(err, "the import was not finished");
}

static bool is_regular_file(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

// Reads the file, sending its parts unless it is only to be checked. False: told.
static bool read_file(struct import *import, bool is_check, bool has_been_checked,
                      struct plan_file_sum *sum) {
    struct error err = {0};
    const struct plan_file file = {
        .path = argument_text(import->invocation, "FILE"),
        .import_id = import->id,
        .council = argument_text(import->invocation, "council"),
        .year = argument_text(import->invocation, "year"),
        .on_part = is_check ? NULL : on_part,
        .on_warning = has_been_checked ? NULL : on_warning,
        .ctx = import,
    };
    if (plan_file_read(&file, sum, &err))
        return true;
    if (import->code == EXIT_OK)
        import->code = fail(import->invocation, EXIT_FAILED, "%s", err.message);
    return false;
}

static int compare(struct import *import, const struct plan_file_sum *sum) {
    Shap__V1__CompareImportRequest request = SHAP__V1__COMPARE_IMPORT_REQUEST__INIT;
    struct invocation *invocation = import->invocation;
    request.import_id = import->id;
    request.council = (char *)argument_text(invocation, "council");
    request.has_parts = 1;
    request.parts = sum->parts;
    struct listing *listing = output_begin(invocation, plan_change_columns, PLAN_CHANGE_N_COLUMNS);
    if (listing == NULL)
        return EXIT_FAILED;
    int code = invocation_stream(invocation, &shap__v1__plans__descriptor, "CompareImport",
                                 &request.base, output_add, listing);
    size_t n_changes = output_count(listing);
    if (code != EXIT_OK) {
        output_abandon(listing);
        return code;
    }
    code = listing_end(invocation, listing);
    say(invocation,
        "%zu change%s in %d rows; nothing was imported. To import it, leave --dry-run away.",
        n_changes, n_changes == 1 ? "" : "s", sum->rows);
    return code;
}

void plan_say_left_behind(struct invocation *invocation, const Shap__V1__PlanVersion *version) {
    for (size_t i = 0; i < version->n_left_behind && i < MOST_LEFT_BEHIND; i++)
        say_warning(invocation, "left behind, for version %d has no %s: %s", version->version,
                    version->left_behind[i]->reference, version->left_behind[i]->before);
    if (version->n_left_behind > MOST_LEFT_BEHIND)
        say_warning(invocation, "and %zu more left behind: all are in --format json",
                    version->n_left_behind - MOST_LEFT_BEHIND);
    if (version->n_left_behind > 0)
        say(invocation,
            "None of it goes to another number. Where a milestone has a new one: shap carry add "
            "now, and shap milestone after, independent, same, share once it is adopted");
}

static void say_next(struct invocation *invocation, const Shap__V1__PlanVersion *version) {
    const char *plan = version->plan == NULL ? "the plan" : version->plan;
    if (version->unchanged) {
        say(invocation,
            "Nothing changed: version %d of %s says the same, and no other was made. It is "
            "shown by: shap plan show %s",
            version->version, plan, plan);
        plan_say_left_behind(invocation, version);
        return;
    }
    say(invocation, "Imported as version %d of %s: %d objectives, %d actions, %d milestones.",
        version->version, plan, version->objectives, version->actions, version->milestones);
    plan_say_left_behind(invocation, version);
    if (version->doubts > 0)
        say(invocation, "%d %s a look: shap plan doubts %s", version->doubts,
            version->doubts == 1 ? "doubt needs" : "doubts need", plan);
    say(invocation, "Next: when it is decided: shap plan adopt %s --version %d --day DAY", plan,
        version->version);
}

static int finish(struct import *import, const struct plan_file_sum *sum) {
    Shap__V1__FinishImportRequest request = SHAP__V1__FINISH_IMPORT_REQUEST__INIT;
    struct invocation *invocation = import->invocation;
    int code;
    request.import_id = import->id;
    request.council = (char *)argument_text(invocation, "council");
    request.has_parts = 1;
    request.parts = sum->parts;
    request.has_sha256 = 1;
    request.sha256 = (ProtobufCBinaryData){sizeof sum->sha256, (uint8_t *)sum->sha256};
    request.title = (char *)argument_text(invocation, "title");
    ProtobufCMessage *answer = invocation_call(invocation, &shap__v1__plans__descriptor,
                                               "FinishImport", &request.base, &code);
    if (answer == NULL)
        return code;
    code = output_message(invocation, answer, plan_version_columns, PLAN_VERSION_N_COLUMNS);
    say_next(invocation, (const Shap__V1__PlanVersion *)(void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

// A file that can be read twice is checked whole before anything is sent.
int plan_import_run(struct invocation *invocation) {
    struct import import = {.invocation = invocation, .code = EXIT_OK};
    struct plan_file_sum sum = {0};
    struct error err = {0};
    bool is_checked = is_regular_file(argument_text(invocation, "FILE"));
    if (is_checked && !read_file(&import, true, false, &sum))
        return import.code;
    import.n_parts = (size_t)sum.parts;
    import.client = invocation_client(invocation, &import.code);
    if (import.client == NULL)
        return import.code;
    import.code = EXIT_OK;
    if (!shap_uuid_make(import.id, &err))
        return fail(invocation, EXIT_FAILED, "%s", err.message);
    if (!read_file(&import, false, is_checked, &sum))
        return import.code;
    return argument_flag(invocation, "dry-run") ? compare(&import, &sum) : finish(&import, &sum);
}
