#include "client/cli/bulk.h"
#include "client/cli/command.h"
#include "client/cli/invitation.h"
#include "shap/v1/directory.pb-c.h"

static const struct column person_columns[] = {
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"name", "Name", COLUMN_TEXT},
    {"email", "Email", COLUMN_TEXT},
    {"organisation", "Organisation", COLUMN_TEXT},
    {"role", "Role", COLUMN_TEXT},
    {"signed_in", "Signed in", COLUMN_TEXT},
};

const struct column invitation_columns[N_INVITATION_COLUMNS] = {
    {"name", "Name", COLUMN_TEXT},
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"code", "Invitation", COLUMN_TEXT},
    {"expires_at", "Valid until", COLUMN_TEXT},
};

static const struct operand add_operands[] = {
    {.name = "NAME", .field = "name", .help = "\"Kay Smith\""}, {0}};

static const struct option add_options[] = {
    {.name = "organisation",
     .value = "CODE",
     .help = "where the person works; see shap org list",
     .is_required = true},
    {.name = "role",
     .value = "ROLE",
     .kind = OPTION_CHOICE,
     .choices = &shap__v1__role__descriptor,
     .help = "what the person may do",
     .is_required = true},
    {.name = "email", .value = "ADDRESS", .help = "their email address"},
    {0}};

const struct operand invitation_operands[] = {{.name = "MEMBERSHIP",
                                               .field = "membership_id",
                                               .kind = OPTION_NUMBER,
                                               .help = "its number; see shap person list"},
                                              {0}};

const char invitation_hand_over[] =
    "hand each invitation over by a way you trust: it is shown this "
    "once and works once";

void invitation_after(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation,
        "Hand the invitation over by a way you trust: it is shown this once and works once. "
        "The person types: shap login --server ADDRESS");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the people and their memberships",
     .example = "shap person list",
     .service = &shap__v1__directory__descriptor,
     .method = "ListPeople",
     .is_list = true,
     .columns = person_columns,
     .n_columns = sizeof person_columns / sizeof *person_columns,
     .next =
         "a lost invitation again: shap person invite MEMBERSHIP; their tokens: shap token list",
     .empty = "Nobody is here yet. One is invited with: shap person add NAME --organisation CODE "
              "--role ROLE"},
    {.verb = "add",
     .summary = "Add a person and invite them",
     .details =
         "A person may have several memberships, each with one organisation and one role; every "
         "one is added and signed in to on its own (shap login --as PROFILE).",
     .example = "shap person add \"Kay Smith\" --organisation home-housing --role contributor",
     .operands = add_operands,
     .options = add_options,
     .service = &shap__v1__directory__descriptor,
     .method = "AddPerson",
     .columns = invitation_columns,
     .n_columns = N_INVITATION_COLUMNS,
     .after = invitation_after,
     .has_bulk = true,
     .next = invitation_hand_over},
    {.verb = "import",
     .summary = "Add the people of a CSV file and print their invitations",
     .details = "Columns: name, organisation, role and, if wanted, email. Somebody who is there "
                "already with the same organisation and role is refused, and keeps what they have.",
     .example = "shap person import people.csv --format csv > invitations.csv",
     .operands = bulk_import_operands,
     .run = bulk_import_run},
    {.verb = "invite",
     .summary = "Invite the holder of a membership again",
     .details = "Earlier invitations to it that were not used end.",
     .example = "shap person invite 12",
     .operands = invitation_operands,
     .service = &shap__v1__directory__descriptor,
     .method = "CreateInvitation",
     .columns = invitation_columns,
     .n_columns = N_INVITATION_COLUMNS,
     .after = invitation_after,
     .has_bulk = true,
     .next = invitation_hand_over},
    {0}};

const struct noun noun_person = {
    .name = "person", .summary = "People, their memberships and invitations", .commands = commands};
