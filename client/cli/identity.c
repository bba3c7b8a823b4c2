#include "client/cli/identity.h"

#include <string.h>
#include "client/cli/output.h"

static const char *next_command(const Shap__V1__Identity *identity) {
    static const char *const next[] = {
        [SHAP__V1__ROLE__ROLE_UNSPECIFIED] = "shap whoami",
        [SHAP__V1__ROLE__ROLE_CONTRIBUTOR] = "shap milestone list",
        [SHAP__V1__ROLE__ROLE_READER] = "shap report exceptions",
        [SHAP__V1__ROLE__ROLE_COORDINATOR] = "shap plan list",
        [SHAP__V1__ROLE__ROLE_PANEL] = "shap report sign-off",
        [SHAP__V1__ROLE__ROLE_ADMINISTRATOR] = "shap org list",
    };
    size_t role = (size_t)identity->role;
    if (identity->region != NULL)
        return "shap report councils --year YEAR";
    return role < sizeof next / sizeof *next ? next[role] : next[0];
}

void identity_say_next(struct invocation *invocation, const Shap__V1__Identity *identity) {
    const char *profile = invocation->settings.profile;
    bool is_default = strcmp(profile, "default") == 0;
    say(invocation, "You are signed in. Next: %s%s%s", next_command(identity),
        is_default ? "" : " --as ", is_default ? "" : profile);
}

Shap__V1__Role identity_role(struct invocation *invocation) {
    struct shap_outcome outcome;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    Shap__V1__Role role = SHAP__V1__ROLE__ROLE_UNSPECIFIED;
    const struct shap_call call = {
        .service = &shap__v1__directory__descriptor, .method = "WhoAmI", .request = &request.base};
    ProtobufCMessage *answer = invocation->client == NULL || invocation->is_quiet
                                   ? NULL
                                   : shap_invoke_unary(invocation->client, &call, &outcome);
    if (answer != NULL) {
        role = ((const Shap__V1__Identity *)(const void *)answer)->role;
        protobuf_c_message_free_unpacked(answer, NULL);
    }
    return role;
}
