// The conversation of `shap answer`, as a state machine: lines that were typed go in, lines to show
// come out. It shows one milestone after another, asks how each stands, and at the end shows all
// that was answered and asks whether to send it. No terminal, no files, no network.
//
// Plain lines only, so that a screen reader reads them as they are; nothing is said by colour or by
// place. An answer becomes a draft when its last question is answered, never before.
#pragma once

#include "client/cli/answer_draft.h"
#include "client/render/words.h"
#include "shap/v1/windows.pb-c.h"

// What is asked; the questions of a milestone are asked in this order.
enum answer_step {
    ANSWER_STEP_STATUS,
    ANSWER_STEP_NOTE,
    ANSWER_STEP_NEW_DATE,
    ANSWER_STEP_REASON,
    ANSWER_STEP_EVIDENCE,
    ANSWER_STEP_SEND, // all of them: yes or no
};

// What the machine wants next.
enum answer_wants {
    ANSWER_WANTS_LINE, // show out, then another line
    ANSWER_WANTS_KEPT, // the drafts have changed: store them; then as above
    ANSWER_WANTS_SENT, // the person has seen it all and said yes
    ANSWER_WANTS_END,  // the person has left, or nothing was answered
};

struct answer_walk {
    Shap__V1__OutstandingItem *const *items; // what is owed; borrowed
    size_t n_items;
    struct answer_drafts *drafts; // borrowed, changed
    const char *as_of;            // the day new answers speak of, ISO 8601; borrowed

    // Kept by the machine. All zero at first.
    enum answer_step step;
    size_t at;                            // the item asked about; n_items at the end
    Shap__V1__SubmitReturnRequest *entry; // owned: the answer being given; NULL at the end
    struct buf begun;                     // a text whose next line is still to come
    bool names_plans;                     // the items are of more than one
    struct words out;                     // what to show; cleared by whoever has shown it
};

// Shows what is owed and asks the first question: of the first milestone without an answer.
enum answer_wants answer_walk_start(struct answer_walk *walk);

// A line as it was typed, without its line end.
enum answer_wants answer_walk_take(struct answer_walk *walk, const char *line, size_t len);

// The input has ended: says what is kept.
void answer_walk_leave(struct answer_walk *walk);

void answer_walk_finish(struct answer_walk *walk);

// How many of the items are answered.
size_t answer_walk_answered(const struct answer_walk *walk);
