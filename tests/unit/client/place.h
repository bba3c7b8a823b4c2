// A directory of a test's own, with everything in it gone afterwards.
#pragma once

// Makes an empty directory and returns its path, valid until place_remove.
const char *place_make(void);

// Removes the directory and what is in it.
void place_remove(void);

// The path of a file in it, valid until the fourth call after this one.
const char *place_path(const char *name);
