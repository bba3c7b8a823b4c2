#include "client/cli/identity.h"

static const struct command commands[] = {
    {.summary = "Who you are signed in as",
     .example = "shap whoami\nshap whoami --as home-housing --format json",
     .service = &shap__v1__directory__descriptor,
     .method = "WhoAmI",
     .columns = identity_columns,
     .n_columns = N_IDENTITY_COLUMNS},
    {0}};

const struct noun noun_whoami = {
    .name = "whoami", .summary = "Who you are signed in as", .commands = commands};
