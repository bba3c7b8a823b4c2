#include <stdlib.h>
#include <string.h>
#include "client/cli/answer_send.h"
#include "client/cli/answer_walk.h"
#include "client/cli/invocation.h"
#include "client/cli/request.h"
#include "client/cli/terminal.h"
#include "client/render/text.h"
#include "client/render/wrap.h"
#include "shap/v1/directory.pb-c.h"

enum { LONGEST_LINE = 1 << 20 };

// One session.
struct session {
    struct invocation *invocation; // borrowed
    Shap__V1__Identity *identity;  // owned; who answers, and which day it is there
    Shap__V1__OutstandingItem **items;
    size_t n_items;
    struct answer_drafts drafts;
    bool has_warned; // that answers cannot be kept
};

// ---- What is owed ----

static bool on_item(void *ctx, const ProtobufCMessage *message) {
    struct session *session = ctx;
    const Shap__V1__OutstandingItem *item =
        (const Shap__V1__OutstandingItem *)(const void *)message;
    bool is_ours = item->kind == SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_RETURN ||
                   item->kind == SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SENT_BACK;
    if (!is_ours || item->plan == NULL || item->reference == NULL)
        return true;
    Shap__V1__OutstandingItem **items =
        realloc(session->items, (session->n_items + 1) * sizeof *items);
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = malloc(size + 1);
    if (items != NULL)
        session->items = items;
    Shap__V1__OutstandingItem *copy = NULL;
    if (items != NULL && packed != NULL) {
        protobuf_c_message_pack(message, packed);
        copy = shap__v1__outstanding_item__unpack(NULL, size, packed);
    }
    free(packed);
    if (copy == NULL)
        return fail(session->invocation, EXIT_FAILED, "not enough memory") == EXIT_OK;
    items[session->n_items++] = copy;
    return true;
}

static int ask_what_is_owed(struct session *session) {
    struct invocation *invocation = session->invocation;
    Shap__V1__ListOutstandingRequest request = SHAP__V1__LIST_OUTSTANDING_REQUEST__INIT;
    request.plan = (char *)invocation_plan(invocation);
    return invocation_stream(invocation, &shap__v1__windows__descriptor, "ListOutstanding",
                             &request.base, on_item, session);
}

static int ask_who(struct session *session) {
    int code;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    ProtobufCMessage *answer = invocation_call(
        session->invocation, &shap__v1__directory__descriptor, "WhoAmI", &request.base, &code);
    session->identity = (Shap__V1__Identity *)(void *)answer;
    return code;
}

// ---- What was answered before ----

// Drafts belong to a membership: a profile that is somebody else's now does not find them.
static int load_drafts(struct session *session) {
    struct error err = {0};
    struct buf path = {0};
    const char *begun = session->invocation->settings.answers_path;
    if (begun == NULL)
        return fail(session->invocation, EXIT_FAILED,
                    "there is no home directory to keep answers in: set HOME");
    bool is_loaded =
        (buf_format(&path, "%s-%s-%lld.csv", begun,
                    session->identity->council == NULL ? "region" : session->identity->council,
                    (long long)session->identity->membership_id) &&
         buf_append(&path, "", 1)) ||
        error_set(&err, "not enough memory");
    is_loaded =
        is_loaded && answer_drafts_load(&session->drafts, (const char *)buf_bytes(&path), &err);
    buf_finish(&path);
    return is_loaded ? EXIT_OK : fail(session->invocation, EXIT_FAILED, "%s", err.message);
}

static void save_drafts(struct session *session) {
    struct error err = {0};
    if (answer_drafts_save(&session->drafts, &err) || session->has_warned)
        return;
    session->has_warned = true;
    say_warning(session->invocation, "%s. Answer it all and send it now, or it is lost.",
                err.message);
}

// What was on its way when the line broke was seen and confirmed then.
static int send_again(struct session *session) {
    struct answer_sum sum;
    size_t n = 0;
    for (size_t i = 0; i < session->drafts.n; i++)
        n += session->drafts.all[i].is_sent;
    if (n == 0)
        return EXIT_OK;
    say(session->invocation,
        "%zu return%s on the way when the line broke; sent again, each counts once.", n,
        n == 1 ? " was" : "s were");
    int code = answer_send(session->invocation, &session->drafts, &sum);
    return sum.n_left > 0 ? code : EXIT_OK;
}

static bool is_owed(const struct session *session, const struct answer_draft *draft) {
    for (size_t i = 0; i < session->n_items; i++) {
        if (strcmp(session->items[i]->plan, draft->said->plan) == 0 &&
            strcmp(session->items[i]->reference, draft->said->reference) == 0)
            return true;
    }
    return false;
}

// Of a plan that nothing was listed of, it is not known whether a draft is still asked for.
static bool is_of_listed_plan(const struct session *session, const struct answer_draft *draft) {
    for (size_t i = 0; i < session->n_items; i++) {
        if (strcmp(session->items[i]->plan, draft->said->plan) == 0)
            return true;
    }
    return false;
}

static void put_away_what_is_not_asked(struct session *session) {
    struct answer_drafts *drafts = &session->drafts;
    for (size_t i = drafts->n; i-- > 0;) {
        struct answer_draft *draft = &drafts->all[i];
        if (is_owed(session, draft) || !is_of_listed_plan(session, draft))
            continue;
        say(session->invocation,
            "%s is not asked for any more; your answer to it was not sent: \"%s\"",
            draft->said->reference, draft->said->note == NULL ? "" : draft->said->note);
        answer_drafts_remove(drafts, draft);
        save_drafts(session);
    }
}

// ---- The conversation ----

static void show_line(FILE *to, const char *text, size_t len, size_t width) {
    size_t next = 0;
    do {
        size_t fits = wrap_line(text, len, width, &next);
        bool is_last = next >= len;
        (void)!fwrite(text, 1, is_last ? len : fits, to);
        if (!is_last)
            fputc('\n', to);
        text += next;
        len -= next;
    } while (len > 0);
}

// Shows what the walk has to say, wrapped on a terminal only, where the question waits on its line.
static bool show(const struct session *session, struct words *out) {
    FILE *to = session->invocation->err;
    const char *text = words_text(out);
    struct buf safe = {0};
    bool is_shown = text != NULL && text_append_safe(&safe, text, strlen(text), true);
    size_t len = buf_len(&safe);
    const char *at = (const char *)buf_bytes(&safe);
    while (is_shown && len > 0) {
        size_t line = 0;
        while (line < len && at[line] != '\n')
            line++;
        show_line(to, at, line, terminal_width(to));
        bool has_end = line < len;
        if (has_end || !terminal_is_one(stdin))
            fputc('\n', to);
        at += line + has_end;
        len -= line + has_end;
    }
    fflush(to);
    buf_finish(&safe);
    words_clear(out);
    return is_shown;
}

static enum answer_wants read_and_take(struct session *session, struct answer_walk *walk,
                                       struct buf *line, int *code) {
    struct error err = {0};
    enum terminal_line read = invocation_interrupted(session->invocation)
                                  ? TERMINAL_INTERRUPTED
                                  : terminal_read_line(line, LONGEST_LINE, &err);
    if (read == TERMINAL_LINE)
        return answer_walk_take(walk, buf_len(line) == 0 ? "" : (const char *)buf_bytes(line),
                                buf_len(line));
    if (read == TERMINAL_FAILED)
        *code = fail(session->invocation, EXIT_FAILED, "%s", err.message);
    if (read == TERMINAL_INTERRUPTED)
        *code = EXIT_INTERRUPTED;
    answer_walk_leave(walk);
    return ANSWER_WANTS_END;
}

// Until the person has said yes (*is_confirmed) or has left.
static int converse(struct session *session, struct answer_walk *walk, bool *is_confirmed) {
    struct buf line = {0};
    int code = EXIT_OK;
    enum answer_wants wants = answer_walk_start(walk);
    for (;;) {
        if (wants == ANSWER_WANTS_KEPT)
            save_drafts(session);
        if (!show(session, &walk->out)) {
            code = fail(session->invocation, EXIT_FAILED, "not enough memory");
            break;
        }
        *is_confirmed = wants == ANSWER_WANTS_SENT;
        if (wants == ANSWER_WANTS_SENT || wants == ANSWER_WANTS_END)
            break;
        wants = read_and_take(session, walk, &line, &code);
    }
    buf_finish(&line);
    return code;
}

// Those that were seen, and no others; from now on what they say does not change.
static int send_now(struct session *session) {
    struct answer_sum sum;
    for (size_t i = 0; i < session->drafts.n; i++)
        session->drafts.all[i].is_sent = is_owed(session, &session->drafts.all[i]);
    int code = answer_send(session->invocation, &session->drafts, &sum);
    if (sum.n_done > 0)
        say(session->invocation,
            "%zu on record. Next: the coordinator reviews them; see shap return list.", sum.n_done);
    if (sum.n_refused > 0)
        say(session->invocation, "%zu refused, and kept. To mend them: shap answer", sum.n_refused);
    if (sum.n_left > 0)
        say(session->invocation,
            "%zu not answered for, and kept. To send them again, so that each counts once: shap "
            "answer",
            sum.n_left);
    return code;
}

// A day that is named holds for the answers kept from before, too.
static bool move_drafts(struct session *session, const char *day) {
    bool is_moved = true;
    for (size_t i = 0; i < session->drafts.n; i++) {
        struct answer_draft *draft = &session->drafts.all[i];
        if (is_owed(session, draft))
            is_moved = answer_said_set(&draft->said->as_of, day, strlen(day)) && is_moved;
    }
    return is_moved;
}

static int answer(struct session *session) {
    const char *day = argument_text(session->invocation, "as-of");
    const char *today = session->identity->today == NULL ? "" : session->identity->today;
    struct answer_walk walk = {.items = session->items,
                               .n_items = session->n_items,
                               .drafts = &session->drafts,
                               .as_of = day == NULL ? today : day};
    bool is_confirmed = false;
    if (day != NULL && strcmp(day, today) > 0)
        return fail_usage(session->invocation, "--as-of: %s is still to come", day);
    if (day != NULL && !move_drafts(session, day))
        return fail(session->invocation, EXIT_FAILED, "not enough memory");
    int code = converse(session, &walk, &is_confirmed);
    answer_walk_finish(&walk);
    return is_confirmed ? send_now(session) : code;
}

static int run_session(struct session *session) {
    int code = ask_who(session);
    if (code == EXIT_OK)
        code = load_drafts(session);
    if (code == EXIT_OK)
        code = send_again(session);
    if (code == EXIT_OK)
        code = ask_what_is_owed(session);
    if (code != EXIT_OK)
        return code;
    put_away_what_is_not_asked(session);
    if (session->n_items > 0)
        return answer(session);
    say(session->invocation, "Nothing is owed. What you said is listed by: shap return list");
    if (session->drafts.n > 0)
        say(session->invocation, "What you answered and was not asked for is kept in %s",
            session->drafts.path);
    return EXIT_OK;
}

static int run(struct invocation *invocation) {
    struct session session = {.invocation = invocation};
    int code = run_session(&session);
    for (size_t i = 0; i < session.n_items; i++)
        shap__v1__outstanding_item__free_unpacked(session.items[i], NULL);
    free(session.items);
    answer_drafts_finish(&session.drafts);
    if (session.identity != NULL)
        shap__v1__identity__free_unpacked(session.identity, NULL);
    return code;
}

static const struct option options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "as-of",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "the day your answers speak of, as end of Q3 (default: today)"},
    {0}};

static const struct command commands[] = {
    {.summary = "Answer what you owe, one milestone at a time",
     .details =
         "Shows each milestone that waits for your return: what was promised, when, and what was "
         "said last; then asks how it stands. Nothing is sent before you have seen all your "
         "answers "
         "and said yes. It can be left at any time (quit, Ctrl-D or Ctrl-C) and taken up again: "
         "what is answered is kept on this machine, under your state directory, until it is on "
         "record. If the line breaks, the next `shap answer` sends the same returns again, and "
         "each "
         "counts once.\n\n"
         "Plain lines only, so it can be read aloud. Without a terminal the answers are read from "
         "standard input, a line each. Receipts go to standard output.",
     .example = "shap answer\nshap answer --as-of \"end of Q3\"",
     .options = options,
     .run = run},
    {0}};

const struct noun noun_answer = {
    .name = "answer", .summary = "Answer what you owe, step by step", .commands = commands};
