// A streaming call printed as a list that has more columns in a CSV file than people want to see.
#pragma once

#include "client/cli/command.h"
#include "client/render/table.h"

struct listing_call {
    const ProtobufCServiceDescriptor *service;
    const char *method;
    ProtobufCMessage *request;    // filled from what was typed, and cleared
    const struct column *columns; // for tables and markdown
    size_t n_columns;
    const struct column *full_columns; // for CSV
    size_t n_full_columns;
};

// Makes the call, prints its answer and says what is next; *n (may be NULL) is how many there were.
// Returns the exit code; a failure has been told.
int listing_run(struct invocation *invocation, const struct listing_call *call, size_t *n);

struct listing;

// output_end, but silent for a table without rows, where the command has its own words for that.
int listing_end(struct invocation *invocation, struct listing *listing);

// Says how many rows there are and what is next, or what the command says of an empty list.
void listing_say_next(struct invocation *invocation, size_t n);
