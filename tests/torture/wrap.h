// How a wrapper is written: one line for each call, that says what it answers when it fails and in
// which ways it does. The real function is looked up when it is first needed.
#pragma once

#include "tests/torture/torture.h"

#define WRAP(type, name, parameters, arguments, failed, is_our_own, has_reason, ...)               \
    type name parameters {                                                                         \
        static __typeof__(&name) next;                                                             \
        static const struct failing failing = {#name, {__VA_ARGS__}, is_our_own, has_reason};      \
        int way = 0;                                                                               \
        if (ask(&failing, __builtin_return_address(0), &way))                                      \
            return failed;                                                                         \
        if (next == NULL)                                                                          \
            next = (__typeof__(next))(uintptr_t)find_next(#name);                                  \
        return next arguments;                                                                     \
    }

// Whoever calls it; the ways are values of errno.
#define SYSTEM(type, name, parameters, arguments, failed, ...)                                     \
    WRAP(type, name, parameters, arguments, failed, false, false, __VA_ARGS__)

// Where our own program calls it.
#define LIBRARY(type, name, parameters, arguments, failed)                                         \
    WRAP(type, name, parameters, arguments, failed, true, false, 0)
