// What one run of `shap` holds: what was typed, the settings, the client. Commands see command.h
// only.
#pragma once

#include <signal.h>
#include <stdio.h>
#include "client/cli/command.h"
#include "client/cli/settings.h"
#include "client/import/day.h"

// An option or operand as it was given.
struct given {
    const char *name;  // borrowed
    const char *value; // "" for a flag; borrowed, or day
    char *day;         // owned; the day in ISO form when one was typed otherwise, else NULL
    bool is_of_today;  // a day that depends on today: value is as typed until today_settle
};

struct invocation {
    const struct noun *noun;       // NULL: none was typed
    const struct command *command; // NULL: none was typed, or help was asked of the noun
    struct given *given;           // owned
    size_t n_given;
    size_t n_operands;
    struct settings settings;                 // owned
    struct shap_client *client;               // owned; NULL until it is needed
    uint8_t token_hash[32];                   // SHA-256 of the token the client calls with ...
    bool has_token_hash;                      // ... if it has one
    const volatile sig_atomic_t *interrupted; // borrowed; may be NULL
    char today[DAY_SIZE];                     // "" until it is needed, see today.h
    bool wants_help;
    bool is_quiet;
    FILE *out; // data; borrowed
    FILE *err; // messages; borrowed
};

// The options every command has, and those of one that has_bulk; each ends with {0}.
extern const struct option general_options[];
extern const struct option bulk_options[];

void invocation_init(struct invocation *invocation, FILE *out, FILE *err,
                     const volatile sig_atomic_t *interrupted);
void invocation_finish(struct invocation *invocation);

// Reads the settings, after parsing; on failure the reason has been told. Returns an exit code.
int invocation_load_settings(struct invocation *invocation);

// The value given first for a name; NULL: not given. Unlike argument_text it takes any name.
const char *invocation_find(const struct invocation *invocation, const char *name);

// The token to call with, as text without its line end, appended to token; nothing when there is
// none. False: it could not be read, the reason has been told.
bool invocation_read_token(struct invocation *invocation, struct buf *token)
    __attribute__((warn_unused_result));

// A client of this invocation's settings with that token (NULL: none), owned by the caller. NULL:
// the reason has been told.
struct shap_client *invocation_connect(struct invocation *invocation, const char *token,
                                       bool notes_certificate) __attribute__((warn_unused_result));

// The client for this invocation's settings with little patience: calls of it end after most_ms.
// NULL: nobody is signed in or no server is known, or it has been told why not.
struct shap_client *invocation_connect_briefly(struct invocation *invocation, int most_ms);
