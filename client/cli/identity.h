// How a person's membership is shown, by login and whoami alike, and what its holder types next.
#pragma once

#include "client/cli/command.h"
#include "client/cli/invocation.h"
#include "shap/v1/directory.pb-c.h"

static const struct column identity_columns[] = {
    {"name", "Name", COLUMN_TEXT},
    {"role", "Role", COLUMN_TEXT},
    {"organisation_name", "Organisation", COLUMN_TEXT},
    {"organisation", "Organisation's code", COLUMN_TEXT},
    {"council_name", "Council", COLUMN_TEXT},
    {"council", "Council's code", COLUMN_TEXT},
    {"region", "Region", COLUMN_TEXT},
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"token_expires_at", "Token valid until", COLUMN_TEXT},
    {"today", "Today", COLUMN_TEXT},
};

enum { N_IDENTITY_COLUMNS = sizeof identity_columns / sizeof *identity_columns };

// Says that one is signed in, and a first command for one's role, on stderr.
void identity_say_next(struct invocation *invocation, const Shap__V1__Identity *identity);

// The role of who is signed in, where a call was made already, for hints that are not for
// everybody; unspecified where it is not known, or nothing is said (--quiet).
Shap__V1__Role identity_role(struct invocation *invocation);
