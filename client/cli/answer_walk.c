#include "client/cli/answer_walk.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "client/render/field.h"
#include "server/base/utf8.h"

static const ProtobufCEnumDescriptor *const STATUSES = &shap__v1__return_status__descriptor;

// The questions that are answered by a text.
static const struct text_step {
    const char *question;
    size_t offset; // of the text
    size_t most;   // characters that are kept
} TEXTS[] = {
    [ANSWER_STEP_NOTE] = {"In your own words (Enter: nothing to add): ",
                          offsetof(Shap__V1__SubmitReturnRequest, note), 20000},
    [ANSWER_STEP_NEW_DATE] = {"A new date to ask for, such as March 2011 (Enter: none): ",
                              offsetof(Shap__V1__SubmitReturnRequest, new_date), 200},
    [ANSWER_STEP_REASON] = {"Why is the new date needed? ",
                            offsetof(Shap__V1__SubmitReturnRequest, reason), 20000},
    [ANSWER_STEP_EVIDENCE] = {"Where is the proof, an address or a document (Enter: none): ",
                              offsetof(Shap__V1__SubmitReturnRequest, evidence), 2000},
};

static char **entry_text(const struct answer_walk *walk, enum answer_step step) {
    return (char **)(void *)((char *)walk->entry + TEXTS[step].offset);
}

static bool is_at_end(const struct answer_walk *walk) {
    return walk->at == walk->n_items;
}

static const Shap__V1__OutstandingItem *item_of(const struct answer_walk *walk) {
    return walk->items[walk->at];
}

static struct answer_draft *draft_of(const struct answer_walk *walk, size_t i) {
    return answer_drafts_find(walk->drafts, walk->items[i]->plan, walk->items[i]->reference);
}

size_t answer_walk_answered(const struct answer_walk *walk) {
    size_t n = 0;
    for (size_t i = 0; i < walk->n_items; i++)
        n += draft_of(walk, i) != NULL;
    return n;
}

// ---- Showing ----

static void add_line(struct answer_walk *walk, const char *label, const char *text) {
    if (text != NULL && text[0] != '\0')
        words_add(&walk->out, "%s: %s\n", label, text);
}

static void add_status(struct answer_walk *walk, int status) {
    char word[FIELD_LABEL_SIZE];
    field_enum_word(STATUSES, status, word);
    for (char *at = word; *at != '\0'; at++)
        *at = *at == '-' ? ' ' : *at;
    words_add(&walk->out, "%s", word);
}

static void add_said(struct answer_walk *walk, const Shap__V1__SubmitReturnRequest *said) {
    add_status(walk, (int)said->status);
    words_add(&walk->out, ", as of ");
    words_add_day(&walk->out, said->as_of);
    words_add(&walk->out, ".");
    if (said->note != NULL)
        words_add(&walk->out, " \"%s\"", said->note);
    if (said->new_date != NULL)
        words_add(&walk->out, " Asks for the new date %s, because: \"%s\"", said->new_date,
                  said->reason == NULL ? "" : said->reason);
    if (said->evidence != NULL)
        words_add(&walk->out, " Proof: %s", said->evidence);
    words_add(&walk->out, "\n");
}

static void add_when(struct answer_walk *walk, const Shap__V1__OutstandingItem *item) {
    bool has_new = item->new_when != NULL && item->new_when[0] != '\0';
    bool has_when = item->when != NULL && item->when[0] != '\0';
    words_add(&walk->out, "When: %s", has_when ? item->when : "not said");
    if (has_new)
        words_add(&walk->out, "; granted since: %s", item->new_when);
    if (item->due_day != NULL) {
        words_add(&walk->out, ", that is ");
        words_add_day(&walk->out, item->due_day);
    }
    words_add(&walk->out, "\n");
}

static void add_last_word(struct answer_walk *walk, const Shap__V1__OutstandingItem *item) {
    if (!item->has_last_status) {
        words_add(&walk->out, "Nothing has been said on it yet.\n");
        return;
    }
    words_add(&walk->out, "Last said");
    if (item->last_day != NULL) {
        words_add(&walk->out, " on ");
        words_add_day(&walk->out, item->last_day);
    }
    if (item->last_by != NULL)
        words_add(&walk->out, " by %s", item->last_by);
    if (item->last_plan != NULL)
        words_add(&walk->out, " in %s, which it was carried over from", item->last_plan);
    words_add(&walk->out, ": ");
    add_status(walk, (int)item->last_status);
    words_add(&walk->out, item->last_note == NULL ? ".\n" : ". \"%s\"\n",
              item->last_note == NULL ? "" : item->last_note);
}

static const char *plan_named(const struct answer_walk *walk, size_t i) {
    return walk->names_plans ? walk->items[i]->plan : "";
}

static void add_head(struct answer_walk *walk, const Shap__V1__OutstandingItem *item) {
    words_add(&walk->out, "\n%zu of %zu: %s%s%s", walk->at + 1, walk->n_items,
              plan_named(walk, walk->at), walk->names_plans ? " " : "", item->reference);
    if (item->due_on != NULL) {
        words_add(&walk->out, ", owed by ");
        words_add_day(&walk->out, item->due_on);
    }
    if (item->late)
        words_add(&walk->out, ", late");
    words_add(&walk->out, item->window == NULL ? "\n" : " (%s)\n",
              item->window == NULL ? "" : item->window);
}

static void show_item(struct answer_walk *walk) {
    const Shap__V1__OutstandingItem *item = item_of(walk);
    const struct answer_draft *draft = draft_of(walk, walk->at);
    add_head(walk, item);
    add_line(walk, "Action", item->action);
    add_line(walk, "Milestone", item->milestone);
    add_line(walk, "Who", item->who);
    add_when(walk, item);
    add_line(walk, "Measure of success", item->measure);
    add_last_word(walk, item);
    if (item->kind == SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SENT_BACK)
        words_add(&walk->out, "Your return was sent back: \"%s\"\n",
                  item->comment == NULL ? "" : item->comment);
    if (draft != NULL) {
        words_add(&walk->out, "Your answer so far: ");
        add_said(walk, draft->said);
    }
}

static void show_help(struct answer_walk *walk) {
    words_add(
        &walk->out,
        "Type the number of a status, or its word. At every question:\n"
        "skip  leaves this milestone for later\n"
        "back  goes to the question before\n"
        "quit  leaves; what is answered is kept, nothing is sent. So does Ctrl-D.\n"
        "Enter keeps what is there; - alone empties it.\n"
        "A line that ends with a backslash goes on in the next one. To say one of these words\n"
        "as your text, put it in quotes: \"back\".\n");
}

static void ask(struct answer_walk *walk) {
    if (walk->step == ANSWER_STEP_SEND) {
        size_t n = answer_walk_answered(walk);
        if (n == 1)
            words_add(&walk->out, "Send this return? yes or no: ");
        else
            words_add(&walk->out, "Send these %zu returns? yes or no: ", n);
    } else if (walk->step == ANSWER_STEP_STATUS) {
        words_add(&walk->out,
                  "1 not started, 2 in progress, 3 complete, 4 will not be delivered\n"
                  "Status%s: ",
                  walk->entry->has_status ? " (Enter: as it was)" : "");
    } else {
        const char *before = *entry_text(walk, walk->step);
        if (before != NULL)
            words_add(&walk->out, "So far: \"%s\". Enter keeps it, - empties it.\n", before);
        words_add(&walk->out, "%s", TEXTS[walk->step].question);
    }
}

static void show_all(struct answer_walk *walk) {
    size_t n_skipped = walk->n_items - answer_walk_answered(walk), n = 0;
    words_add(&walk->out, "\nYour answers:\n");
    for (size_t i = 0; i < walk->n_items; i++) {
        const struct answer_draft *draft = draft_of(walk, i);
        if (draft == NULL)
            continue;
        words_add(&walk->out, "%zu. %s%s%s: ", ++n, plan_named(walk, i),
                  walk->names_plans ? " " : "", draft->said->reference);
        add_said(walk, draft->said);
    }
    if (n_skipped == 0)
        return;
    words_add(&walk->out, "Not answered: ");
    for (size_t i = 0; i < walk->n_items; i++) {
        if (draft_of(walk, i) != NULL)
            continue;
        struct words named = {.has_failed = false};
        words_add(&named, "%s%s%s", plan_named(walk, i), walk->names_plans ? " " : "",
                  walk->items[i]->reference);
        words_add_item(&walk->out, words_text(&named), --n_skipped == 0);
        words_finish(&named);
    }
    words_add(&walk->out, "\n");
}

void answer_walk_leave(struct answer_walk *walk) {
    size_t n = answer_walk_answered(walk);
    if (n == 0)
        words_add(&walk->out, "\nNothing was answered, and nothing was sent.");
    else
        words_add(&walk->out, "\nNothing was sent. %zu of %zu %s answered, and kept.", n,
                  walk->n_items, n == 1 ? "is" : "are");
    words_add(&walk->out, " To go on: shap answer\n");
}

// ---- Moving ----

static bool does_apply(const struct answer_walk *walk, enum answer_step step) {
    const Shap__V1__SubmitReturnRequest *entry = walk->entry;
    bool is_open = entry->status == SHAP__V1__RETURN_STATUS__RETURN_STATUS_NOT_STARTED ||
                   entry->status == SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS;
    switch (step) {
    case ANSWER_STEP_STATUS:
    case ANSWER_STEP_NOTE:
        return true;
    case ANSWER_STEP_NEW_DATE:
        return is_open;
    case ANSWER_STEP_REASON:
        return is_open && entry->new_date != NULL;
    case ANSWER_STEP_EVIDENCE:
        return entry->status == SHAP__V1__RETURN_STATUS__RETURN_STATUS_COMPLETE;
    case ANSWER_STEP_SEND:
        break;
    }
    return false;
}

static enum answer_wants no_memory(struct answer_walk *walk) {
    words_add(&walk->out, "\nThere is not enough memory to go on.\n");
    return ANSWER_WANTS_END;
}

static enum answer_wants enter_end(struct answer_walk *walk) {
    if (answer_walk_answered(walk) == 0) {
        answer_walk_leave(walk);
        return ANSWER_WANTS_END;
    }
    walk->step = ANSWER_STEP_SEND;
    show_all(walk);
    ask(walk);
    return ANSWER_WANTS_LINE;
}

// Goes to an item; to the end where there is none.
static enum answer_wants enter(struct answer_walk *walk, size_t at) {
    walk->at = at;
    answer_said_destroy(walk->entry);
    walk->entry = NULL;
    if (is_at_end(walk))
        return enter_end(walk);
    const struct answer_draft *draft = draft_of(walk, at);
    walk->step = ANSWER_STEP_STATUS;
    walk->entry = draft != NULL ? answer_said_copy(draft->said)
                                : answer_said_create(item_of(walk)->plan, item_of(walk)->reference);
    if (walk->entry == NULL)
        return no_memory(walk);
    show_item(walk);
    ask(walk);
    return ANSWER_WANTS_LINE;
}

// The entry becomes the draft; what its status has no question for is left out.
static enum answer_wants keep(struct answer_walk *walk) {
    struct error err = {0};
    for (enum answer_step step = ANSWER_STEP_NOTE; step < ANSWER_STEP_SEND; step++) {
        if (!does_apply(walk, step))
            (void)!answer_said_set(entry_text(walk, step), "", 0);
    }
    Shap__V1__SubmitReturnRequest *said = walk->entry;
    walk->entry = NULL;
    if (!answer_said_set(&said->as_of, walk->as_of, strlen(walk->as_of))) {
        answer_said_destroy(said);
        return no_memory(walk);
    }
    if (!answer_drafts_put(walk->drafts, said, &err)) {
        words_add(&walk->out, "%s\n", err.message);
        return ANSWER_WANTS_END;
    }
    enum answer_wants wants = enter(walk, walk->at + 1);
    return wants == ANSWER_WANTS_LINE ? ANSWER_WANTS_KEPT : wants;
}

static enum answer_wants go_on(struct answer_walk *walk) {
    do
        walk->step++;
    while (walk->step < ANSWER_STEP_SEND && !does_apply(walk, walk->step));
    if (walk->step == ANSWER_STEP_SEND)
        return keep(walk);
    ask(walk);
    return ANSWER_WANTS_LINE;
}

static enum answer_wants go_back(struct answer_walk *walk) {
    if (walk->step == ANSWER_STEP_SEND)
        return enter(walk, walk->n_items - 1);
    if (walk->step == ANSWER_STEP_STATUS && walk->at > 0)
        return enter(walk, walk->at - 1);
    if (walk->step == ANSWER_STEP_STATUS) {
        words_add(&walk->out, "This is the first one.\n");
    } else {
        do
            walk->step--;
        while (!does_apply(walk, walk->step));
    }
    ask(walk);
    return ANSWER_WANTS_LINE;
}

// ---- Taking ----

static enum answer_wants ask_again(struct answer_walk *walk, const char *why) {
    words_add(&walk->out, "%s\n", why);
    ask(walk);
    return ANSWER_WANTS_LINE;
}

static bool is_word(const char *line, size_t len, const char *word) {
    return strlen(word) == len && strncasecmp(line, word, len) == 0;
}

// A status by its number, its words, or the beginning that only one of them has; 0 for none.
static int find_status(const char *line, size_t len) {
    int found = 0;
    if (len == 1 && line[0] >= '1' && line[0] <= '4')
        return line[0] - '0';
    for (unsigned i = 0; i < STATUSES->n_values && len > 0; i++) {
        char word[FIELD_LABEL_SIZE];
        field_enum_word(STATUSES, STATUSES->values[i].value, word);
        size_t same = 0;
        while (same < len && word[same] != '\0' &&
               (word[same] == '-' ? strchr(" -_", line[same]) != NULL
                                  : word[same] == tolower((unsigned char)line[same])))
            same++;
        if (same == len)
            found = found == 0 ? STATUSES->values[i].value : -1;
    }
    return found < 0 ? 0 : found;
}

static enum answer_wants take_status(struct answer_walk *walk, const char *line, size_t len) {
    int status = find_status(line, len);
    if (len == 0 && walk->entry->has_status)
        return go_on(walk);
    if (status == 0)
        return ask_again(walk, "Type 1, 2, 3 or 4; or skip, back, quit; ? explains them.");
    walk->entry->has_status = 1;
    walk->entry->status = (Shap__V1__ReturnStatus)status;
    return go_on(walk);
}

static size_t count_characters(const char *text, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

static enum answer_wants refuse_length(struct answer_walk *walk, size_t n) {
    words_add(&walk->out,
              "That has %zu characters; at most %zu are kept. Shorten it, or say where the long "
              "text is.\n",
              n, TEXTS[walk->step].most);
    ask(walk);
    return ANSWER_WANTS_LINE;
}

// Where a question offers none, the word is typed as readily as Enter. In quotes it is a text.
static bool says_none(const struct answer_walk *walk, const char *text, size_t len) {
    bool offers_none = walk->step == ANSWER_STEP_NEW_DATE || walk->step == ANSWER_STEP_EVIDENCE;
    return is_word(text, len, "-") ||
           (offers_none && (is_word(text, len, "none") || is_word(text, len, "no")));
}

static enum answer_wants take_text(struct answer_walk *walk, const char *text, size_t len) {
    char **kept = entry_text(walk, walk->step);
    size_t n = count_characters(text, len);
    bool is_kept_as_it_is = len == 0 && *kept != NULL;
    if (n > TEXTS[walk->step].most)
        return refuse_length(walk, n);
    if (says_none(walk, text, len))
        len = 0;
    if (len > 2 && text[0] == '"' && text[len - 1] == '"') {
        text++;
        len -= 2;
    }
    if (!is_kept_as_it_is && !answer_said_set(kept, text, len))
        return no_memory(walk);
    if (walk->step == ANSWER_STEP_REASON && *kept == NULL)
        return ask_again(walk, "A new date needs a reason. To ask for none: back, then -.");
    return go_on(walk);
}

static enum answer_wants take_send(struct answer_walk *walk, const char *line, size_t len) {
    if (is_word(line, len, "yes") || is_word(line, len, "y"))
        return ANSWER_WANTS_SENT;
    if (!is_word(line, len, "no") && !is_word(line, len, "n"))
        return ask_again(walk, "Type yes to send them, no to leave them as they are, or back.");
    answer_walk_leave(walk);
    return ANSWER_WANTS_END;
}

static bool is_text_step(const struct answer_walk *walk) {
    return walk->step != ANSWER_STEP_STATUS && walk->step != ANSWER_STEP_SEND;
}

// A text that goes on in the next line is gathered. *whole: it does not.
static enum answer_wants gather(struct answer_walk *walk, const char *line, size_t len) {
    bool goes_on = len > 0 && line[len - 1] == '\\';
    if (!buf_append(&walk->begun, line, goes_on ? len - 1 : len) ||
        (goes_on && !buf_append(&walk->begun, "\n", 1)))
        return no_memory(walk);
    if (goes_on) {
        words_add(&walk->out, "It goes on: ");
        return ANSWER_WANTS_LINE;
    }
    struct buf whole = {0};
    buf_move(&whole, &walk->begun);
    enum answer_wants wants = take_text(walk, (const char *)buf_bytes(&whole), buf_len(&whole));
    buf_finish(&whole);
    return wants;
}

static enum answer_wants take_answer(struct answer_walk *walk, const char *line, size_t len) {
    if (walk->step == ANSWER_STEP_SEND)
        return take_send(walk, line, len);
    if (walk->step == ANSWER_STEP_STATUS)
        return take_status(walk, line, len);
    bool is_plain = buf_len(&walk->begun) == 0 && (len == 0 || line[len - 1] != '\\');
    return is_plain ? take_text(walk, line, len) : gather(walk, line, len);
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

enum answer_wants answer_walk_take(struct answer_walk *walk, const char *line, size_t len) {
    if (!utf8_is_valid(line, len) || memchr(line, '\0', len) != NULL) {
        buf_clear(&walk->begun);
        return ask_again(walk, "That line is not text (UTF-8). Type it again.");
    }
    while (len > 0 && is_space(line[len - 1]))
        len--;
    for (; len > 0 && is_space(*line) && buf_len(&walk->begun) == 0; len--)
        line++;
    if (buf_len(&walk->begun) > 0)
        return take_answer(walk, line, len);
    if (is_word(line, len, "quit")) {
        answer_walk_leave(walk);
        return ANSWER_WANTS_END;
    }
    if (is_word(line, len, "back"))
        return go_back(walk);
    if (is_word(line, len, "skip") && !is_at_end(walk))
        return enter(walk, walk->at + 1);
    if (is_word(line, len, "?") || (!is_text_step(walk) && is_word(line, len, "help"))) {
        show_help(walk);
        ask(walk);
        return ANSWER_WANTS_LINE;
    }
    return take_answer(walk, line, len);
}

enum answer_wants answer_walk_start(struct answer_walk *walk) {
    size_t first = 0, n = answer_walk_answered(walk);
    assert(walk->n_items > 0);
    for (size_t i = 1; i < walk->n_items; i++)
        walk->names_plans |= strcmp(walk->items[i]->plan, walk->items[0]->plan) != 0;
    words_add(&walk->out, "%zu return%s owed.", walk->n_items,
              walk->n_items == 1 ? " is" : "s are");
    if (n > 0)
        words_add(&walk->out, " %zu %s answered already, and kept.", n, n == 1 ? "is" : "are");
    words_add(&walk->out, " Your answers speak of ");
    words_add_day(&walk->out, walk->as_of);
    words_add(&walk->out, ".\nAt every question: skip, back, quit, or ? for help. Nothing is sent "
                          "before you have seen it all.\n");
    while (first < walk->n_items && draft_of(walk, first) != NULL)
        first++;
    return enter(walk, first);
}

void answer_walk_finish(struct answer_walk *walk) {
    answer_said_destroy(walk->entry);
    buf_finish(&walk->begun);
    words_finish(&walk->out);
    walk->entry = NULL;
}
