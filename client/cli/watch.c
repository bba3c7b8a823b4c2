// `shap watch`: a line for each thing that is recorded, as it is recorded. The line may break at
// any moment: what was printed last is where it goes on, by itself or when the command is typed
// again.
#include "client/cli/command.h"
#include "client/cli/file.h"
#include "client/cli/output.h"
#include "client/render/csv.h"
#include "client/render/field.h"
#include "client/render/json.h"
#include "client/render/text.h"
#include "shap/v1/watch.pb-c.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SILENCE_MS = 150000, // the server says something every minute at least
    FIRST_WAIT_MS = 500, // before the line is tried again, doubled each time ...
    LAST_WAIT_MS = 30000,
    LOOK_UP_MS = 200, // for an interrupt
    CURSOR_LIMIT = 64 * 1024,
    CURSOR_MODE = 0666,
};

static const struct column columns[] = {
    {"recorded_at", "", COLUMN_TEXT},  {"kind", "", COLUMN_TEXT}, {"record_id", "", COLUMN_TEXT},
    {"of_record", "", COLUMN_TEXT},    {"plan", "", COLUMN_TEXT}, {"reference", "", COLUMN_TEXT},
    {"organisation", "", COLUMN_TEXT}, {"day", "", COLUMN_TEXT},  {"by", "", COLUMN_TEXT},
    {"summary", "", COLUMN_TEXT},      {"text", "", COLUMN_TEXT}, {"cursor", "", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

struct watcher {
    struct invocation *invocation;
    const char *cursor_file; // NULL: none
    struct buf cursor;       // of the last message, ends with NUL; empty: none yet
    struct buf text;         // a line
    size_t n_told;
    unsigned n_failures;  // since something came
    bool has_heading;     // of CSV
    bool has_heard;       // something came at least once
    bool is_out_of_order; // what is to be told is told, and it cannot go on
};

static int no_memory(struct watcher *watcher) {
    watcher->is_out_of_order = true;
    return fail(watcher->invocation, EXIT_FAILED, "not enough memory");
}

static const char *cursor_of(const struct watcher *watcher) {
    return buf_len(&watcher->cursor) == 0 ? NULL : (const char *)buf_bytes(&watcher->cursor);
}

// ---- A line ----

static bool add_safe(struct buf *out, const char *before, const char *text) {
    return text == NULL || *text == '\0' ||
           (buf_append_text(out, before) && text_append_safe(out, text, strlen(text), false));
}

// "2010-12-20 10:00  return  copeland/2010-11 SH5.2/5/1  supporting-people-team, Sam Support: ..."
static bool add_line(struct buf *out, const Shap__V1__Event *event) {
    char label[FIELD_LABEL_SIZE];
    field_enum_label(&shap__v1__event_kind__descriptor, (int)event->kind, label);
    for (char *at = label; *at != '\0'; at++)
        *at = *at == '_' ? ' ' : *at;
    return field_text(out, &event->base, "recorded_at", FIELD_FRIENDLY) &&
           buf_format(out, "  %s", label) && add_safe(out, "  ", event->plan) &&
           add_safe(out, " ", event->reference) && add_safe(out, "  ", event->organisation) &&
           add_safe(out, event->organisation == NULL ? "  " : ", ", event->by) &&
           add_safe(out, ": ", event->summary) && add_safe(out, " - ", event->text) &&
           buf_append(out, "\n", 1);
}

static bool add_csv(struct watcher *watcher, const Shap__V1__Event *event) {
    bool is_added =
        watcher->has_heading || csv_add_heading(&watcher->text, columns, N_COLUMNS, CSV_LF);
    watcher->has_heading = true;
    return is_added && csv_add_message(&watcher->text, &event->base, columns, N_COLUMNS, CSV_LF);
}

static bool add_event(struct watcher *watcher, const Shap__V1__Event *event) {
    switch (output_format(watcher->invocation)) {
    case FORMAT_CSV:
        return add_csv(watcher, event);
    case FORMAT_JSON:
        return json_add_message(&watcher->text, &event->base, -1) &&
               buf_append(&watcher->text, "\n", 1);
    default:
        return add_line(&watcher->text, event);
    }
}

static bool tell(struct watcher *watcher, const Shap__V1__Event *event) {
    buf_clear(&watcher->text);
    if (!add_event(watcher, event)) {
        no_memory(watcher);
        return false;
    }
    watcher->n_told++;
    watcher->is_out_of_order = !output_bytes(watcher->invocation, &watcher->text);
    return !watcher->is_out_of_order;
}

// ---- The cursor ----

static bool keep_cursor(struct watcher *watcher, const char *cursor) {
    struct error err = {0};
    size_t len = strlen(cursor);
    if (cursor_of(watcher) != NULL && strcmp(cursor_of(watcher), cursor) == 0)
        return true;
    buf_clear(&watcher->cursor);
    if (!buf_append(&watcher->cursor, cursor, len + 1)) {
        no_memory(watcher);
        return false;
    }
    buf_clear(&watcher->text);
    if (watcher->cursor_file == NULL)
        return true;
    if (!buf_format(&watcher->text, "%s\n", cursor)) {
        no_memory(watcher);
        return false;
    }
    if (file_write(watcher->cursor_file, CURSOR_MODE, buf_bytes(&watcher->text),
                   buf_len(&watcher->text), &err))
        return true;
    watcher->is_out_of_order = true;
    fail(watcher->invocation, EXIT_FAILED, "%s", err.message);
    return false;
}

// What the file says, if it is there; else what was typed.
static int read_cursor(struct watcher *watcher) {
    struct error err = {0};
    bool is_missing = false;
    const char *path = watcher->cursor_file;
    struct buf *cursor = &watcher->cursor;
    if (path != NULL && !file_read(path, CURSOR_LIMIT, cursor, &is_missing, &err) && !is_missing)
        return fail(watcher->invocation, EXIT_FAILED, "%s", err.message);
    while (buf_len(cursor) > 0 && buf_bytes(cursor)[buf_len(cursor) - 1] <= ' ')
        cursor->end--;
    const char *since = argument_text(watcher->invocation, "since");
    if (buf_len(cursor) == 0 && since != NULL && strchr(since, ':') != NULL &&
        !buf_append_text(cursor, since))
        return no_memory(watcher);
    if (buf_len(cursor) > 0 && !buf_append(cursor, "", 1))
        return no_memory(watcher);
    return EXIT_OK;
}

// ---- The call ----

static bool on_message(void *ctx, const ProtobufCMessage *message) {
    struct watcher *watcher = ctx;
    const Shap__V1__Event *event = (const Shap__V1__Event *)(const void *)message;
    if (watcher->n_failures > 0)
        say(watcher->invocation, "The line is there again; nothing was missed.");
    watcher->n_failures = 0;
    watcher->has_heard = true;
    return (!event->has_kind || tell(watcher, event)) &&
           (event->cursor == NULL || keep_cursor(watcher, event->cursor));
}

static bool call_once(struct watcher *watcher, struct shap_client *client,
                      struct shap_outcome *outcome) {
    struct invocation *invocation = watcher->invocation;
    Shap__V1__WatchRequest request = SHAP__V1__WATCH_REQUEST__INIT;
    Shap__V1__EventKind kinds[64];
    const char *since = argument_text(invocation, "since");
    size_t n_kinds = argument_count(invocation, "kind");
    for (size_t i = 0; i < n_kinds && i < sizeof kinds / sizeof *kinds; i++) {
        int kind = 0;
        if (field_enum_parse(&shap__v1__event_kind__descriptor, argument_at(invocation, "kind", i),
                             &kind))
            kinds[request.n_kinds++] = (Shap__V1__EventKind)kind;
    }
    request.kinds = kinds;
    request.plan = (char *)argument_text(invocation, "plan");
    request.council = (char *)argument_text(invocation, "council");
    request.cursor = (char *)cursor_of(watcher);
    if (request.cursor == NULL && since != NULL)
        request.since = (char *)since;
    request.has_follow = 1;
    request.follow = !argument_flag(invocation, "once");
    const struct shap_call call = {.service = &shap__v1__events__descriptor,
                                   .method = "Watch",
                                   .request = &request.base,
                                   .silence_ms = request.follow ? SILENCE_MS : 0,
                                   .on_message = on_message,
                                   .ctx = watcher};
    return shap_invoke(client, &call, outcome);
}

// Whether the line broke, or the server went away for a while: it is worth another try.
static bool is_broken_line(const struct shap_outcome *outcome) {
    return outcome->status == GRPC_UNAVAILABLE || outcome->status == GRPC_DEADLINE_EXCEEDED ||
           (outcome->status == GRPC_INTERNAL && !outcome->from_server) ||
           outcome->status == GRPC_OK;
}

// Half of the wait is left to chance, so that watchers do not come back in step.
static int wait_ms(const struct watcher *watcher) {
    int most = FIRST_WAIT_MS;
    struct timespec now;
    for (unsigned i = 1; i < watcher->n_failures && most < LAST_WAIT_MS; i++)
        most *= 2;
    most = most < LAST_WAIT_MS ? most : LAST_WAIT_MS;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return most / 2 + (int)(now.tv_nsec / 1000 % (most / 2 + 1));
}

static void wait_for(const struct watcher *watcher, int ms) {
    for (; ms > 0 && !invocation_interrupted(watcher->invocation); ms -= LOOK_UP_MS) {
        int piece = ms < LOOK_UP_MS ? ms : LOOK_UP_MS;
        nanosleep(&(struct timespec){.tv_nsec = piece * 1000000L}, NULL);
    }
}

static void say_how_to_go_on(struct watcher *watcher) {
    if (watcher->cursor_file != NULL)
        say(watcher->invocation, "To go on from here: the same command again.");
    else if (cursor_of(watcher) != NULL)
        say(watcher->invocation, "To go on from here: shap watch --since %s", cursor_of(watcher));
}

// Until it is interrupted, or nothing more can come of it.
static int watch(struct watcher *watcher, struct shap_client *client) {
    struct invocation *invocation = watcher->invocation;
    bool is_once = argument_flag(invocation, "once");
    for (;;) {
        struct shap_outcome outcome;
        bool is_done = call_once(watcher, client, &outcome);
        if (watcher->is_out_of_order)
            return EXIT_FAILED;
        if (invocation_interrupted(invocation))
            return EXIT_INTERRUPTED;
        if (is_done && is_once)
            return EXIT_OK;
        if (is_once || !watcher->has_heard || !is_broken_line(&outcome))
            return fail_outcome(invocation, &outcome);
        if (++watcher->n_failures == 1)
            say(invocation, "The line broke (%s); it is tried again until it is there.",
                outcome.message[0] == '\0' ? "the server ended it" : outcome.message);
        wait_for(watcher, wait_ms(watcher));
        if (invocation_interrupted(invocation))
            return EXIT_INTERRUPTED;
    }
}

static int run(struct invocation *invocation) {
    int code = EXIT_OK;
    struct watcher watcher = {.invocation = invocation,
                              .cursor_file = argument_text(invocation, "cursor-file")};
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    code = read_cursor(&watcher);
    if (code == EXIT_OK) {
        code = watch(&watcher, client);
        if (code == EXIT_OK && watcher.n_told == 0)
            say(invocation, "Nothing new.");
        say_how_to_go_on(&watcher);
    }
    buf_finish(&watcher.cursor);
    buf_finish(&watcher.text);
    return code;
}

static const struct option options[] = {
    {.name = "plan", .value = "PLAN", .help = "of that plan only: 2010-11 (default: all)"},
    {.name = "council", .value = "CODE", .help = "of that council only (default: all you see)"},
    {.name = "kind",
     .value = "KIND",
     .kind = OPTION_CHOICE,
     .choices = &shap__v1__event_kind__descriptor,
     .help = "of that kind only: return, review, grant ... (may be repeated)",
     .is_repeated = true},
    {.name = "since",
     .value = "DAY",
     .kind = OPTION_DAY_OR_CURSOR,
     .help = "from that day on, or from a cursor: copeland:346 (default: now)"},
    {.name = "cursor-file",
     .value = "FILE",
     .help = "go on from the cursor in FILE, and keep it there"},
    {.name = "once", .kind = OPTION_FLAG, .help = "print what there is, and end"},
    {0}};

static const struct command commands[] = {
    {.summary = "Print what is recorded, as it is recorded",
     .details =
         "A line for each return, review, new date, sign-off, counter-act, window and the like "
         "that "
         "is for you to see, until Ctrl-C. JSON is an object a line, CSV has every field. When the "
         "line breaks it is tried again until it is there, at the next address if there are "
         "several, from where it broke: nothing is missed and nothing printed twice.\n\n"
         "Each event has a cursor: with --since it goes on after that event. --cursor-file keeps "
         "the last one, written after the event was printed, so that a script goes on by itself; "
         "a --since beside it counts only while there is no such file. What is shared with you "
         "later is not told afterwards: shap milestone list shows it.",
     .example = "shap watch\n"
                "shap watch --kind return --kind grant --since 2010-12-01\n"
                "shap watch --once --cursor-file seen --format json",
     .options = options,
     .formats = 1 << FORMAT_TABLE | 1 << FORMAT_CSV | 1 << FORMAT_JSON,
     .run = run},
    {0}};

const struct noun noun_watch = {
    .name = "watch", .summary = "What is recorded, as it is recorded", .commands = commands};
