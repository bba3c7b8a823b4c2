// Sentences made of facts: what the composers of reports build their texts with.
//
// A struct words that is all zero is empty. Adding never fails visibly; words_text of one that ran
// out of memory is NULL.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/buf.h"

struct words {
    struct buf text;
    bool has_failed;
    size_t n_listed; // of the list under way
};

void words_finish(struct words *words);

// Forgets the text, so that the next sentence can be made.
void words_clear(struct words *words);

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

// "1 milestone", "23 milestones", "no milestones"; the plural takes an s.
void words_add_count(struct words *words, int n, const char *noun);

// "31 December 2010"; what is not an ISO day is added as it is.
void words_add_day(struct words *words, const char *iso);

// The same where there is little room: "31 Dec 2010".
void words_add_short_day(struct words *words, const char *iso);

// Adds the next item of a list: "a", "a, b", "a, b and c"; is_last: the list ends with it.
// item: NULL where there was no memory for it.
void words_add_item(struct words *words, const char *item, bool is_last);

// The text, ended by NUL, valid until the next change; NULL without memory.
const char *words_text(struct words *words);
