// Lets calls to other libraries fail, one after the other, to see that each failure is taken: what
// was made is freed, what cannot be done is said. The calls are those of our own code, caught by
// the linker (failing_calls in CMakeLists.txt names them); those of memory are here, a test adds
// its own with FAILING_CALL.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// From now on the n-th call fails, and no other; 0: none.
void failing_begin(size_t n);

// Whether it did, and which one it was, for messages; "none".
bool failing_has_failed(void);
const char *failing_name(void);

// The calls between are not counted and do not fail: what a test does itself.
void failing_pause(void);
void failing_go_on(void);

// Runs a scenario with its first call failing, its second, and so on, the last time with none; it
// judges itself, by failing_has_failed. Returns how many failed.
size_t failing_each(void (*scenario)(void *ctx), void *ctx);

// To be asked by what takes the place of a call, exactly once.
bool failing_is_due(const char *name);

// What takes the place of a call to name: it answers `failure` when it is its turn.
#define FAILING_CALL(type, name, failure, parameters, arguments)                                   \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters {                                                                \
        return failing_is_due(#name) ? (failure) : __real_##name arguments;                        \
    }
