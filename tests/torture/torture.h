// A library that is loaded before all others (LD_PRELOAD) into a program under test. It numbers
// what can fail, by the place it is called from, and lets one call fail when it is told to.
//
// torture.py and this library share a file, struct control, named by the environment variable
// SHAP_TORTURE; the first process that maps it is the one under test, its children are left alone.
// Nothing is counted before main, nor after it. ask.c decides, blocks.c knows what memory is held,
// memory.c, system.c, streams.c, openssl.c and libraries.c stand before the calls themselves.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    N_SITES = 16384,
    N_FRAMES = 24,
    N_MODULES = 48,
    NAME_SIZE = 32,
    MODULE_SIZE = 128,
    N_LEAKS = 16,
    N_WAYS = 4,
};

// MODE_STARVE: there is no memory from the nth call for it on.
enum mode { MODE_OFF, MODE_COUNT, MODE_FAIL, MODE_STARVE };

// A place in a program: its module's number in the high 16 bits, the distance from its beginning.
typedef uint64_t place;

// One place from which something that can fail was called: the stack as far as it tells it apart.
struct site {
    uint64_t hash;
    uint32_t n_calls;
    uint32_t n_ways;
    char name[NAME_SIZE];
    place frames[N_FRAMES]; // the caller first; 0: no more
};

// Shared with torture.py, which knows its layout.
struct control {
    _Atomic uint32_t owner;    // the process under test; 0: none yet
    _Atomic uint32_t mode;     // enum mode
    _Atomic uint32_t is_armed; // nothing counts or fails while it is 0
    uint32_t wanted_way;
    uint64_t wanted; // MODE_FAIL: the site ...
    uint32_t nth;    // ... the call from there that is to fail, from 1 ...
    uint32_t page;   // ... and the caller's address within its page
    _Atomic uint32_t n_seen;
    _Atomic uint32_t n_failed;
    _Atomic uint32_t n_sites;
    _Atomic uint32_t n_calls;
    _Atomic uint32_t audit_wanted; // a number
    _Atomic uint32_t audit_done;   // the number that was wanted
    uint64_t n_blocks;
    uint64_t n_bytes;
    uint64_t n_leaked;
    uint64_t leaked_bytes;
    place leaked[N_LEAKS]; // who asked for it
    uint32_t n_modules;
    uint32_t is_full; // there were more sites than there is room for
    char modules[N_MODULES][MODULE_SIZE];
    struct site sites[N_SITES];
};

// What is called; static in each wrapper.
struct failing {
    const char *name;
    int ways[N_WAYS]; // what errno becomes; the first 0 after the first ends them
    bool is_ours;     // fails only where our own program calls it
    bool is_openssl;  // leaves a reason in OpenSSL's queue
};

// Ways that are no errno.
enum { WAY_SHORT = -1, WAY_END = -2 };

extern struct control *control; // NULL: nobody asked for anything

// This thread is at work for this library, and not for the program.
extern _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));

// Whether this call is to fail; errno is set then, and *way is one of failing->ways.
bool ask(const struct failing *failing, const void *caller, int *way);

// Whether an address lies in the program itself.
bool is_of_program(const void *address);

// Where an address lies; 0: nowhere.
place place_of(const void *address);

// The function that this library stands before.
void *find_next(const char *name);

// Keeps account of a block that was given out, or is about to be taken back; ptr may be NULL.
void blocks_add(void *ptr, size_t size, const void *caller);
void blocks_remove(void *ptr);
bool blocks_init(void);

// Counts what is held, and finds what nothing points to any more.
void blocks_audit(void);

// Whether an audit waits for a moment at which the program rests; makes it then.
void rest(void);
