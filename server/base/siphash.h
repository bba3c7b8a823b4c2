// SipHash-2-4 with a tag of 128 bits (J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast
// short-input PRF"): who does not know the key can neither find a tag nor two texts with the same.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_SIZE = 16, SIPHASH_TAG_SIZE = 16 };

void siphash(const uint8_t key[SIPHASH_KEY_SIZE], const void *bytes, size_t len,
             uint8_t tag[SIPHASH_TAG_SIZE]);
