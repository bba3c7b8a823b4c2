// What a client says in a return. The n-th word of a client is made from a seed, so that a run can
// be made again; its note is as long as chance wills, and nothing else is like it.
#pragma once

#include "server/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_SIZE = 37, REFERENCE_SIZE = 32, DAY_SIZE = 11, NOTE_MAX = 2000, REFERENCES_MAX = 64 };

struct word {
    char id[ID_SIZE];
    char reference[REFERENCE_SIZE];
    int status; // of the contract
    char as_of[DAY_SIZE];
    char note[NOTE_MAX + 1];
};

// The milestones that may be answered.
struct references {
    char names[REFERENCES_MAX][REFERENCE_SIZE];
    size_t n;
};

// One a line.
bool references_read(struct references *references, const char *path);

void word_make(struct word *word, const struct references *references, uint32_t run,
               uint32_t client, uint32_t n);

// SubmitReturn's request. Out of memory ends the program.
void word_encode(const struct word *word, struct buf *message);

// A receipt: the record it names.
bool receipt_read(const uint8_t *bytes, size_t len, int64_t *record, bool *is_replayed);
