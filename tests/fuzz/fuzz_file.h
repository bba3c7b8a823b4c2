// An input as a file, for what is given the path of one.
#pragma once

#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <unistd.h>

// The path of a file that holds the input, and nobody else's; the same one each time.
static inline const char *fuzz_file(struct fuzz_input input) {
    static FILE *file;
    static char path[32];
    if (file == NULL) {
        FUZZ_CHECK((file = tmpfile()) != NULL);
        snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    }
    FUZZ_CHECK(ftruncate(fileno(file), 0) == 0);
    FUZZ_CHECK(pwrite(fileno(file), input.bytes, input.len, 0) == (ssize_t)input.len);
    return path;
}

// The input as a text: up to its first NUL, in heap memory of exactly its length.
static inline char *fuzz_text(struct fuzz_input input) {
    size_t len = strnlen((const char *)input.bytes, input.len);
    char *text = strndup((const char *)input.bytes, len);
    FUZZ_CHECK(text != NULL);
    return text;
}
