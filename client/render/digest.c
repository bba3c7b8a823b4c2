#include "client/render/digest.h"

#include <stdio.h>
#include <string.h>
#include "client/render/field.h"
#include "client/render/mail.h"
#include "client/render/table.h"
#include "client/render/text.h"
#include "client/render/words.h"

enum { WIDTH = 72, INDENT = 4 };

static const char *text_or(const char *text, const char *other) {
    return text == NULL || *text == '\0' ? other : text;
}

// The day on which the first of the returns is due; NULL: no window asks for any.
static const Shap__V1__OutstandingItem *first_due(const Shap__V1__Digest *digest) {
    const Shap__V1__OutstandingItem *first = NULL;
    for (size_t i = 0; i < digest->n_items; i++) {
        const Shap__V1__OutstandingItem *item = digest->items[i];
        if (item->due_on != NULL && (first == NULL || strcmp(item->due_on, first->due_on) < 0))
            first = item;
    }
    return first;
}

static void add_what(struct words *words, const Shap__V1__Digest *digest) {
    const Shap__V1__OutstandingItem *first = first_due(digest);
    words_add_count(words, (int)digest->n_items, "return");
    if (first != NULL) {
        words_add(words, " due by ");
        words_add_day(words, first->due_on);
    }
}

static void add_subject(struct words *words, const Shap__V1__Digest *digest) {
    words_add(words, "%s: ", text_or(digest->council_name, "The council"));
    add_what(words, digest);
}

static void add_opening(struct words *words, const Shap__V1__Digest *digest) {
    words_add(words, "%s asks %s for ", text_or(digest->council_name, "The council"),
              text_or(digest->organisation_name, "your organisation"));
    add_what(words, digest);
    words_add(words, ".");
}

// A paragraph, whatever stands in it, on lines that all begin indented. text may be NULL: without
// memory.
static bool add_paragraph(struct buf *out, size_t indent, const char *text) {
    struct buf safe = {0};
    bool is_added = text != NULL && text_append_safe(&safe, text, strlen(text), false) &&
                    buf_append(&safe, "", 1) && buf_format(out, "%*s", (int)indent, "") &&
                    table_wrap(out, (const char *)buf_bytes(&safe), WIDTH - indent, indent) &&
                    buf_append_text(out, "\n");
    buf_finish(&safe);
    return is_added;
}

// Nothing where there is no text.
static bool add_indented(struct buf *out, const char *label, const char *text) {
    struct words line = {.has_failed = false};
    if (text == NULL || *text == '\0')
        return true;
    words_add(&line, "%s%s", label, text);
    bool is_added = add_paragraph(out, INDENT, words_text(&line));
    words_finish(&line);
    return is_added;
}

static bool add_words(struct buf *out, struct words *words) {
    bool is_added = add_paragraph(out, INDENT, words_text(words));
    words_finish(words);
    return is_added;
}

static bool add_due(struct buf *out, const Shap__V1__OutstandingItem *item) {
    struct words words = {.has_failed = false};
    words_add(&words, "When: %s", text_or(item->when, "no date"));
    if (item->new_when != NULL)
        words_add(&words, "; new date: %s", item->new_when);
    if (item->due_day != NULL) {
        words_add(&words, "; due on ");
        words_add_day(&words, item->due_day);
    }
    if (item->due_on != NULL) {
        words_add(&words, "; the return is due by ");
        words_add_day(&words, item->due_on);
        words_add(&words, item->late ? " and late" : "");
    }
    return add_words(out, &words);
}

static bool add_last(struct buf *out, const Shap__V1__OutstandingItem *item) {
    char label[FIELD_LABEL_SIZE];
    struct words words = {.has_failed = false};
    if (!item->has_last_status) {
        words_add(&words, "Nothing was said yet.");
        return add_words(out, &words);
    }
    field_enum_label(&shap__v1__return_status__descriptor, (int)item->last_status, label);
    for (char *c = label; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    words_add(&words, "Said last: %s, by %s on ", label, text_or(item->last_by, "somebody"));
    words_add_day(&words, text_or(item->last_day, ""));
    if (item->last_note != NULL)
        words_add(&words, ": %s", item->last_note);
    return add_words(out, &words);
}

static bool add_answered(struct buf *out, const Shap__V1__OutstandingItem *item) {
    struct words words = {.has_failed = false};
    if (item->n_answered_by == 0)
        return true;
    words_add(&words, "Answered already by ");
    for (size_t i = 0; i < item->n_answered_by; i++)
        words_add_item(&words, item->answered_by[i], i + 1 == item->n_answered_by);
    return add_words(out, &words);
}

static bool add_item(struct buf *out, const Shap__V1__OutstandingItem *item, size_t number) {
    bool is_back = item->kind == SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SENT_BACK;
    char label[64];
    snprintf(label, sizeof label, "%zu. ", number);
    return buf_append_text(out, "\n") && add_indented(out, label, text_or(item->reference, "")) &&
           add_indented(out, "", item->milestone) && add_indented(out, "Action: ", item->action) &&
           add_indented(out, "Measure of success: ", item->measure) && add_due(out, item) &&
           add_last(out, item) && add_answered(out, item) &&
           (!is_back || add_indented(out, "Sent back: ", text_or(item->comment, "say it anew")));
}

// A command stands on one line, to be copied.
static bool add_how(struct buf *out, const Shap__V1__Digest *digest) {
    const Shap__V1__OutstandingItem *item = digest->items[0];
    struct words command = {.has_failed = false};
    words_add(&command, "shap return submit %s --plan %s --status in-progress --note \"...\"",
              text_or(item->reference, "MILESTONE"), text_or(item->plan, "PLAN"));
    const char *text = words_text(&command);
    bool is_added = text != NULL &&
                    buf_append_text(out, "\nAnswer one after the other with: shap answer\n\nOr any "
                                         "of them apart, for example the first:\n\n    ") &&
                    text_append_safe(out, text, strlen(text), false);
    words_finish(&command);
    return is_added &&
           buf_append_text(
               out,
               "\n\nThe status is not-started, in-progress, complete or will-not-be-delivered.\n"
               "A new date is asked for with --new-date \"March 2011\" --reason \"...\".\n"
               "What is still owed, at any time: shap outstanding\n");
}

static bool add_text(struct buf *out, const Shap__V1__Digest *digest) {
    struct words opening = {.has_failed = false};
    add_opening(&opening, digest);
    bool is_added = add_paragraph(out, 0, words_text(&opening));
    words_finish(&opening);
    for (size_t i = 0; is_added && i < digest->n_items; i++)
        is_added = add_item(out, digest->items[i], i + 1);
    return is_added && add_how(out, digest) && buf_append(out, "", 1);
}

bool digest_add(struct buf *out, const Shap__V1__Digest *digest) {
    struct buf text = {0};
    struct words subject = {.has_failed = false};
    if (digest->n_items == 0)
        return true;
    add_subject(&subject, digest);
    const char *line = words_text(&subject);
    bool is_added = line != NULL && add_text(&text, digest) &&
                    mail_add(out, &(struct mail){.addresses = digest->addresses,
                                                 .n_addresses = digest->n_addresses,
                                                 .subject = line,
                                                 .text = (const char *)buf_bytes(&text)});
    words_finish(&subject);
    buf_finish(&text);
    return is_added;
}
