// What the fuzz targets share: reading an input piece by piece, and what must hold. A target is one
// file with a LLVMFuzzerTestOneInput; tests/fuzz/CMakeLists.txt says how it becomes a program.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// libFuzzer calls it with each input; it returns 0.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

// Ends the program, and libFuzzer keeps the input, when something does not hold.
#define FUZZ_CHECK(condition)                                                                      \
    ((condition) ? (void)0                                                                         \
                 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition), \
                    abort()))

// What is left of an input.
struct fuzz_input {
    const uint8_t *bytes; // borrowed
    size_t len;
};

// The next byte; 0 at the end.
static inline uint8_t fuzz_byte(struct fuzz_input *input) {
    if (input->len == 0)
        return 0;
    input->len--;
    return *input->bytes++;
}

// The next len bytes, or what is left of them.
static inline struct fuzz_input fuzz_take(struct fuzz_input *input, size_t len) {
    struct fuzz_input taken = {input->bytes, len < input->len ? len : input->len};
    input->bytes += taken.len;
    input->len -= taken.len;
    return taken;
}
