// The table of attacks: how each begins on a connection, and how it goes on.
#pragma once

#include "tests/attacks/request.h"

enum ending {
    ENDS_CLOSED,   // the server closes every connection
    ENDS_RESET,    // or answers or resets every stream of it
    ENDS_ANSWERED, // every call is refused; connections stay
    ENDS_HELD,     // they stay: what they hold is looked at
    ENDS_LEFT,     // the attacker leaves as soon as it is connected
};

// What the steps of an attack use. Made for one attack.
struct attacker {
    const char *token;
    struct request request;
    struct buf payload; // of a message, or a block
    uint64_t n_guesses;
};

struct attack {
    const char *name;
    enum ending ending;
    size_t n_lines;                                  // connections at a time
    const char *path;                                // of the method that is called
    void (*prepare)(struct attacker *);              // once
    void (*begin)(struct attacker *, struct line *); // on each connection
    void (*more)(struct attacker *, struct line *);  // when all has been sent ...
    unsigned pause_ms;                               // ... and this long after the last time
    uint32_t setting, value;                         // that the client's first SETTINGS bring
    bool is_deaf;                                    // reads nothing
    bool is_anonymous;
    bool is_spread; // from more addresses when there are more than one may have
    bool is_strewn; // each from an address of its own
    bool is_silent; // does not even greet
    bool is_raw;    // bytes go past TLS
};

// In attacks_of_frames.c: HTTP/2, TLS and time; in attacks_of_messages.c: protobuf, gzip and
// tokens.
extern const struct attack frame_attacks[], message_attacks[];
extern const size_t n_frame_attacks, n_message_attacks;
