#include "client/cli/complete_live.h"

#include <stdlib.h>
#include <string.h>
#include "client/render/field.h"
#include "shap/v1/directory.pb-c.h"
#include "shap/v1/plans.pb-c.h"

enum { LONGEST_WAIT_MS = 1000 };

static const struct source {
    const ProtobufCServiceDescriptor *service;
    const char *method;
    const char *word, *about; // fields of its messages
} SOURCES[] = {
    [COMPLETE_LIVE_MILESTONE] = {&shap__v1__plans__descriptor, "ListMilestones", "reference",
                                 "milestone"},
    [COMPLETE_LIVE_ORGANISATION] = {&shap__v1__directory__descriptor, "ListOrganisations", "code",
                                    "name"},
    [COMPLETE_LIVE_PLAN] = {&shap__v1__plans__descriptor, "ListPlans", "plan", "title"},
};

enum complete_live_kind complete_live_kind(const char *field, const char *name) {
    static const struct {
        const char *name;
        enum complete_live_kind kind;
    } names[] = {
        {"reference", COMPLETE_LIVE_MILESTONE},
        {"MILESTONE", COMPLETE_LIVE_MILESTONE},
        {"organisation", COMPLETE_LIVE_ORGANISATION},
        {"plan", COMPLETE_LIVE_PLAN},
        {"PLAN", COMPLETE_LIVE_PLAN},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, field == NULL ? name : field) == 0)
            return names[i].kind;
    }
    return COMPLETE_LIVE_NONE;
}

struct reader {
    const struct source *source;
    bool (*on_word)(void *ctx, const char *word, const char *about);
    void *ctx; // borrowed
};

static bool on_message(void *ctx, const ProtobufCMessage *message) {
    const struct reader *reader = ctx;
    struct buf word = {0}, about = {0};
    bool goes_on = field_text(&word, message, reader->source->word, FIELD_FRIENDLY) &&
                   buf_append(&word, "", 1) &&
                   field_text(&about, message, reader->source->about, FIELD_FRIENDLY) &&
                   buf_append(&about, "", 1) &&
                   reader->on_word(reader->ctx, (const char *)buf_bytes(&word),
                                   (const char *)buf_bytes(&about));
    buf_finish(&word);
    buf_finish(&about);
    return goes_on;
}

// As if --as had been typed to the completion itself.
static bool take_profile(struct invocation *invocation, const char *profile) {
    struct given *given = realloc(invocation->given, (invocation->n_given + 1) * sizeof *given);
    if (given == NULL)
        return false;
    invocation->given = given;
    given[invocation->n_given++] = (struct given){.name = "as", .value = profile};
    settings_finish(&invocation->settings);
    return invocation_load_settings(invocation) == EXIT_OK;
}

void complete_live(struct invocation *invocation, const char *profile, enum complete_live_kind kind,
                   bool (*on_word)(void *ctx, const char *word, const char *about), void *ctx) {
    struct reader reader = {.source = &SOURCES[kind], .on_word = on_word, .ctx = ctx};
    if (profile != NULL && !take_profile(invocation, profile))
        return;
    struct shap_client *client = invocation_connect_briefly(invocation, LONGEST_WAIT_MS);
    const ProtobufCMessageDescriptor *input = protobuf_c_service_descriptor_get_method_by_name(
                                                  reader.source->service, reader.source->method)
                                                  ->input;
    ProtobufCMessage *request = client == NULL ? NULL : calloc(1, input->sizeof_message);
    if (request == NULL)
        return;
    input->message_init(request);
    struct shap_outcome outcome;
    const struct shap_call call = {.service = reader.source->service,
                                   .method = reader.source->method,
                                   .request = request,
                                   .on_message = on_message,
                                   .ctx = &reader};
    (void)shap_invoke(client, &call, &outcome); // no answer, no words
    free(request);
}
