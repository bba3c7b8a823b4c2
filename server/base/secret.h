// Secrets in memory: wiping them so that the compiler keeps the writes, and comparing them in a
// time that depends on the length only. Used wherever a token, a key or decrypted bytes pass.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Overwrites len bytes with zeros. bytes may be NULL when len is 0.
void secret_wipe(void *bytes, size_t len);

// True when the len bytes are the same.
bool secret_is_equal(const void *a, const void *b, size_t len);
