// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <stddef.h>

// How many single changes (a letter more, less, other, or two swapped) make a into b.
size_t suggest_distance(const char *a, const char *b);

// The nearest of names to word: one that begins with it, else the one with the fewest changes; NULL
// when none is near enough to be meant.
const char *suggest_nearest(const char *word, const char *const *names, size_t n_names);
