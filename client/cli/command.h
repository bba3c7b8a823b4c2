// The command table of `shap`, and what a command is given when it runs.
//
// A noun is one file, client/cli/NOUN.c, that defines `const struct noun noun_NOUN`, and one line
// in NOUNS of nouns.h, and the file's name in CMakeLists.txt. Help, usage errors and parsing all
// come from these tables. Most commands need no code at all:
//
//     static const struct column columns[] = {{"code", "Code", COLUMN_TEXT},
//                                             {"name", "Name", COLUMN_WRAP}};
//     static const struct command commands[] = {
//         {.verb = "list",
//          .summary = "List the organisations of the council",
//          .example = "shap org list --format csv",
//          .service = &shap__v1__directory__descriptor,
//          .method = "ListOrganisations",
//          .is_list = true,
//          .columns = columns,
//          .n_columns = 2},
//         {0}};
//     const struct noun noun_org = {
//         .name = "org", .summary = "Organisations that take part", .commands = commands};
//
// Without `run` a command makes one call: the request's fields are filled from the options and
// operands (see request.h), the answer is printed in the format asked for, and `after`, if given,
// says on stderr what changed and what to do next. With `run` it does what it likes with the
// helpers below.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>
#include "client/lib/shap.h"
#include "client/render/paper.h"
#include "client/render/table.h"

// What `shap` exits with; documented in README and by `shap help exit-codes`.
enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_PARTLY = 3,
    EXIT_SIGN_IN = 4,
    EXIT_NOT_PERMITTED = 5,
    EXIT_NOT_FOUND = 6,
    EXIT_CONFLICT = 7,
    EXIT_UNREACHABLE = 8,
    EXIT_DEADLINE = 9,
    EXIT_FALSE = 10,
    EXIT_INTERRUPTED = 130,
};

enum option_kind {
    OPTION_TEXT,          // any text
    OPTION_FLAG,          // takes no value
    OPTION_NUMBER,        // a whole number
    OPTION_DAY,           // a day as people type it; commands see it in ISO 8601, "2010-12-31"
    OPTION_DAY_OR_RECORD, // either: a whole number, else a day as people type it
    OPTION_DAY_OR_CURSOR, // either: what has a colon in it, else a day as people type it
    OPTION_CHOICE,        // a label of the enum in `choices`: "in-progress", "in_progress"
};

struct option {
    const char *name;  // without the dashes: "as-at"
    const char *value; // how its value is shown: "DAY"; NULL for a flag
    const char *help;  // one line
    enum option_kind kind;
    const char
        *field; // the request's field it fills; NULL: its name with '_' for '-', if there is one
    const ProtobufCEnumDescriptor *choices;
    bool is_required;
    bool is_repeated; // may be given several times
};

// A word of the command line that is not an option.
struct operand {
    const char *name; // as shown: "MILESTONE"
    const char *help;
    enum option_kind kind; // TEXT, NUMBER, DAY or CHOICE
    const char *field;     // the request's field it fills; NULL: none
    const ProtobufCEnumDescriptor *choices;
    bool is_optional;
    bool is_repeated; // the last one only: takes all that are left
};

// The formats a command can print.
enum format {
    FORMAT_TABLE,
    FORMAT_CSV,
    FORMAT_JSON,
    FORMAT_MARKDOWN,
    FORMAT_HTML,
    N_FORMATS,
};
enum {
    FORMATS_USUAL = 1 << FORMAT_TABLE | 1 << FORMAT_CSV | 1 << FORMAT_JSON | 1 << FORMAT_MARKDOWN,
    FORMATS_ALL = FORMATS_USUAL | 1 << FORMAT_HTML,
};

struct invocation;

struct command {
    const char *verb;    // "list"; NULL where the noun is the whole command (`shap whoami`)
    const char *summary; // one line: "List the organisations of the council"
    const char *details; // paragraphs for --help, may be NULL
    const char *example; // one command a line; at least one
    const struct operand *operands; // ends with {0}; NULL: none
    const struct option *options;   // ends with {0}; NULL: none but the general ones
    unsigned formats;               // a set of 1 << FORMAT_...; 0: FORMATS_USUAL
    bool is_local;                  // needs no token (and usually no server)
    bool makes_profile;             // --as may name a profile that is not there yet

    // What a command without run calls and prints.
    const ProtobufCServiceDescriptor *service;
    const char *method;
    bool is_list; // the rpc streams, or answers a listing; with run: what it prints is one
    const struct column *columns;
    size_t n_columns;
    const struct paper *paper; // a report: printed as that says, in FORMATS_ALL; NULL: by columns
    // After the answer of a unary call was printed: what changed, and what to type next.
    void (*after)(struct invocation *invocation, const ProtobufCMessage *answer);

    // Does everything itself; returns the exit code.
    int (*run)(struct invocation *invocation);

    // Many at once: --file FILE makes the call (service, method, columns) for each row of a CSV
    // file whose columns are the command's operands and options; see bulk.h. Of a unary call only,
    // and besides `run` where that does the same for what is typed.
    bool has_bulk;
    // What to type next: after a file, and without `after` after an answer or a list that is not
    // empty. May be NULL, but not of a list.
    const char *next;
    // What a list that is empty says: that nothing is there, and what to type then. Every list has
    // it.
    const char *empty;
    // Sets what the command's own words say, such as a verdict, in each row's request; may be NULL.
    void (*fill)(ProtobufCMessage *request);
};

struct noun {
    const char *name;
    const char *summary;
    const struct command *commands; // ends with {0}; one without a verb stands alone
    const char *implied; // the verb that is meant where none was typed before the options and
                         // operands of that command; NULL: none
};

// Options several commands share. Write them into a command's table as they are.
#define OPTION_PLAN_ENTRY                                                                          \
    {                                                                                              \
        .name = "plan", .value = "PLAN",                                                           \
        .help = "the plan: copeland/2010-11, or 2010-11 (SHAP_PLAN)"                               \
    }
#define OPTION_AS_AT_ENTRY                                                                         \
    {                                                                                              \
        .name = "as-at", .value = "DAY", .kind = OPTION_DAY,                                       \
        .help = "what had happened by that day (default: today)"                                   \
    }
#define OPTION_KNOWN_AT_ENTRY                                                                      \
    {                                                                                              \
        .name = "known-at", .value = "DAY", .kind = OPTION_DAY,                                    \
        .help = "what was on record by the end of that day (default: everything)"                  \
    }

#define OPTION_OUTPUT_ENTRY                                                                        \
    { .name = "output", .value = "FILE", .help = "write to FILE, in one step (also -o FILE)" }

// What every report takes: the plan, the days, the filters, and where it is written to.
#define OPTIONS_REPORT_ENTRIES                                                                     \
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY,                                  \
        {.name = "objective", .value = "CODE", .help = "of that objective only: SH4.3"},           \
        {.name = "organisation", .value = "CODE", .help = "owned or shared by that organisation"}, \
        {.name = "owner", .value = "CODE", .help = "whose: a code of the register, as HSM"},       \
        OPTION_OUTPUT_ENTRY

#define OPTION_DECIDED_ENTRY                                                                       \
    {                                                                                              \
        .name = "day", .value = "DAY", .kind = OPTION_DAY,                                         \
        .help = "when it was decided (default: today)"                                             \
    }
#define OPTION_WHY_ENTRY                                                                           \
    { .name = "reason", .value = "TEXT", .help = "why", .is_required = true }

// ---- What was typed (valid until the invocation ends) ----

// The value of an option or operand by its name ("as-at", "MILESTONE"); NULL when it was not given.
// The name must be in the command's tables.
const char *argument_text(const struct invocation *invocation, const char *name);
bool argument_flag(const struct invocation *invocation, const char *name);
// False when it was not given. What was given is a number already.
bool argument_number(const struct invocation *invocation, const char *name, int64_t *number);
// The value of a choice; 0 when it was not given.
int argument_choice(const struct invocation *invocation, const char *name);
// All values of a repeated option or operand.
size_t argument_count(const struct invocation *invocation, const char *name);
const char *argument_at(const struct invocation *invocation, const char *name, size_t i);

// ---- Talking to people (stderr) ----

// What went well, what to do next; silent with --quiet.
void say(struct invocation *invocation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// "shap: warning: ..."; also with --quiet.
void say_warning(struct invocation *invocation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// "shap: ..."; returns code, so that `return fail(invocation, EXIT_FAILED, ...)` reads well.
int fail(struct invocation *invocation, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The same, followed by which help to read; returns EXIT_USAGE.
int fail_usage(struct invocation *invocation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Tells what an outcome means and what to do; returns its exit code.
int fail_outcome(struct invocation *invocation, const struct shap_outcome *outcome);
// Whether a refusal is about what one row of a file says, so that the rows after it may fare
// better.
bool outcome_is_about_row(const struct shap_outcome *outcome);
// The exit code of an outcome (the table is in outcome.c).
enum exit_code outcome_exit_code(const struct shap_outcome *outcome);

// ---- The server ----

// The client for this invocation's settings, made when first asked for and ended with it. NULL: the
// reason has been told and *code is what to exit with (no server: EXIT_USAGE, no token:
// EXIT_SIGN_IN unless the command is_local).
struct shap_client *invocation_client(struct invocation *invocation, int *code);

// The flag that an interrupt (Ctrl-C) sets; loops that do not wait in a call look at it.
bool invocation_interrupted(const struct invocation *invocation);

// The plan of --plan, SHAP_PLAN or the profile; NULL: none, the server takes the latest adopted
// one.
const char *invocation_plan(const struct invocation *invocation);

// Makes a unary call; the answer is the caller's (protobuf_c_message_free_unpacked). NULL: the
// reason has been told and *code is what to exit with.
ProtobufCMessage *invocation_call(struct invocation *invocation,
                                  const ProtobufCServiceDescriptor *service, const char *method,
                                  const ProtobufCMessage *request, int *code)
    __attribute__((warn_unused_result));

// Makes a streaming call. Returns the exit code; a failure has been told, by on_message where it
// returned false.
int invocation_stream(struct invocation *invocation, const ProtobufCServiceDescriptor *service,
                      const char *method, const ProtobufCMessage *request,
                      shap_on_message on_message, void *ctx);
