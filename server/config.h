// The configuration: one table of options, read from a file, the environment and the arguments (the
// later wins), and printed as help. Adding an option is one row of the table in config_options.c
// and one member here.
#pragma once

#include "server/base/arena.h"
#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CONFIG_LIST_MAX = 16, CONFIG_LOOPS_MAX = 64 };

struct config_list {
    size_t n;
    const char *items[CONFIG_LIST_MAX];
};

struct config {
    struct arena arena; // owned; every text lies in it, or is an argument or in the environment

    const char *config_file;
    const char *database;
    const char *embedded;
    const char *user;
    struct config_list listen;
    const char *tls_cert;
    const char *tls_key;
    const char *tls_min;
    const char *client_ca;
    const char *client_crl;
    const char *client_cert;
    const char *reflection; // NULL: the addresses decide
    long loops;             // 0: as many as there are processors
    long links;
    long stream_links;
    long report_links;
    long queue;
    long max_message;
    long call_seconds;
    long stream_seconds;
    long watches;
    long streams_each;
    long watches_each;
    long watch_seconds;
    long compress_from; // the limits of server/net/limits.h
    long max_connections;
    long max_per_address;
    long max_held;
    long connect_rate;
    long max_streams;
    long max_header_bytes;
    long max_idle_frames;
    long reset_rate;
    long ping_seconds;
    long idle_ping_seconds;
    long handshake_seconds;
    long request_seconds;
    long write_seconds;
    long idle_seconds;
    long age_seconds;
    long grace_seconds;
    long drain_seconds;
    long wrong_tokens;
    long wrong_token_seconds;
    const char *log_level;
    const char *clock;

    bool migrate;
    bool init;
    const char *backup;
    const char *restore;
    bool check;
    bool methods;
    bool help;
    bool version;
    const char *council;
    const char *council_code;
    const char *administrator;
    const char *token_file;
    const char *region;
    const char *councils;
    const char *reader;
    const char *succeed;
    const char *by;
    const char *day;
    const char *revoke_succession;
    const char *reason;
};

// Exit codes, documented by config_help.
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_NO_DATABASE = 8,
};

// Reads file, environment and arguments (arguments[0] is the program) and checks that they go
// together. False: err names the option, where it stands and what it takes. config_finish in any
// case.
bool config_read(struct config *config, int n_arguments, char *const *arguments, struct error *err)
    __attribute__((warn_unused_result));

void config_finish(struct config *config);

// Prints the whole help.
void config_help(FILE *out);
