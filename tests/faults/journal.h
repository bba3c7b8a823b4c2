// A client's journal: what it is going to send stands in it, on disk, before the first byte is
// sent, and what became of that after the answer. One line an event, its words separated by tabs:
//
//     S MICROSECONDS ID REFERENCE STATUS AS_OF NOTE    is sent from now on
//     F MICROSECONDS ID STATUS                         one attempt failed; it will be sent again
//     A MICROSECONDS ID RECORD REPLAYED                acknowledged
//     X MICROSECONDS ID STATUS                         refused for good
//
// A line that has no end was never acted on: whoever opens the journal again drops it.
#pragma once

#include "server/base/buf.h"
#include "tests/faults/word.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal {
    int fd;
    struct buf lines; // owned; not written yet
    size_t n_sent;    // returns that stand in it
};

// Opens or makes it. What was there and is not answered is in words (owned by the caller, to be
// freed), n_words of them.
bool journal_open(struct journal *journal, const char *path, struct word **words, size_t *n_words);
void journal_close(struct journal *journal);

// Noted, and not written before one of the two that follow. Out of memory or of disk ends the
// program: it may not go on without its journal.
void journal_note_sent(struct journal *journal, const struct word *word);
void journal_note_failed(struct journal *journal, const char *id, int status, bool is_final);
void journal_note_acknowledged(struct journal *journal, const char *id, int64_t record,
                               bool is_replayed);

void journal_write(struct journal *journal);
void journal_sync(struct journal *journal); // it is on disk
