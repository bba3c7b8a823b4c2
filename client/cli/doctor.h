// The checks of `shap doctor`, in the order in which a call meets what they look at.
#pragma once

#include "client/cli/invocation.h"

enum { DOCTOR_TEXT_SIZE = 640 };

// What is known while the checks go on.
struct doctor {
    struct invocation *invocation; // borrowed
    struct shap_client *client;    // owned; carries the token, if there is one
    bool has_token;
    struct shap_outcome reached; // how the first call ended
    bool is_serving;             // what it was answered
};

enum doctor_verdict { DOCTOR_OK, DOCTOR_FAIL };

// One check's result.
struct finding {
    enum doctor_verdict verdict;
    enum exit_code code;         // of a failure
    bool is_last;                // nothing after this check can work
    char text[DOCTOR_TEXT_SIZE]; // what was found
    char cure[DOCTOR_TEXT_SIZE]; // what to do; may be empty
};

struct doctor_check {
    const char *name;
    // Fills finding, which is empty and ok. False: there is nothing to say here, the check is left
    // out.
    bool (*run)(struct doctor *doctor, struct finding *finding);
};

extern const struct doctor_check doctor_checks[];
extern const size_t n_doctor_checks;
