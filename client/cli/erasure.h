// What `shap text erase` does: it shows where the texts stand, asks, and has them erased.
#pragma once

#include "client/cli/command.h"

int erasure_run(struct invocation *invocation);

// Where personal text stands.
extern const struct column erasure_place_columns[];
extern const size_t erasure_n_place_columns;
