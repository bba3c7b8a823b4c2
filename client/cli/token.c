#include "client/cli/command.h"
#include "client/cli/invitation.h"
#include "shap/v1/directory.pb-c.h"

static const struct column columns[] = {
    {"token_id", "Token", COLUMN_RIGHT},
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"name", "Name", COLUMN_TEXT},
    {"created_at", "Created", COLUMN_TEXT},
    {"expires_at", "Valid until", COLUMN_TEXT},
    {"used_on", "Last used", COLUMN_TEXT},
    {"revoked_at", "Revoked", COLUMN_TEXT},
};

enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct operand revoke_operands[] = {{.name = "TOKEN",
                                                  .field = "token_id",
                                                  .kind = OPTION_NUMBER,
                                                  .help = "its number; see shap token list"},
                                                 {0}};

static const struct option revoke_options[] = {
    {.name = "reason", .value = "TEXT", .help = "why; kept on record"}, {0}};

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation,
        "The token ends at once. To let the person in again: shap person invite MEMBERSHIP");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the tokens of the council, never the tokens themselves",
     .example = "shap token list",
     .service = &shap__v1__directory__descriptor,
     .method = "ListTokens",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "to end one at once: shap token revoke TOKEN --reason TEXT",
     .empty = "There is no token. One is made by signing in: shap login"},
    {.verb = "issue",
     .summary = "Invite the holder of a membership to a new token",
     .details = "The same as `shap person invite`: the invitation is shown once, is good for seven "
                "days, and becomes a token on its holder's machine with `shap login`. So nobody "
                "but the holder ever has the token.",
     .example = "shap token issue 12",
     .operands = invitation_operands,
     .service = &shap__v1__directory__descriptor,
     .method = "CreateInvitation",
     .columns = invitation_columns,
     .n_columns = N_INVITATION_COLUMNS,
     .after = invitation_after,
     .has_bulk = true,
     .next = invitation_hand_over},
    {.verb = "revoke",
     .summary = "End a token at once",
     .details = "Your own token on this machine is ended by `shap logout`.",
     .example = "shap token revoke 31 --reason \"laptop lost\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__directory__descriptor,
     .method = "RevokeToken",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap token list"},
    {0}};

const struct noun noun_token = {.name = "token",
                                .summary = "Tokens: what a signed-in machine calls with",
                                .commands = commands};
