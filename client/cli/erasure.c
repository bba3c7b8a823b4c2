#include "client/cli/erasure.h"

#include "client/cli/invocation.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "client/cli/terminal.h"
#include "client/render/table.h"
#include "shap/v1/erasures.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 100 };

const struct column erasure_place_columns[] = {
    {"kind", "Kind", COLUMN_TEXT},
    {"record", "Record", COLUMN_TEXT},
    {"field", "Field", COLUMN_TEXT},
    {"plan", "Plan", COLUMN_TEXT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"characters", "Characters", COLUMN_RIGHT},
    {"text_id", "Text", COLUMN_TEXT},
    {"publications", "Published in", COLUMN_TEXT},
    {"erased_on", "Erased on", COLUMN_TEXT},
};
const size_t erasure_n_place_columns = sizeof erasure_place_columns / sizeof *erasure_place_columns;

static const struct column erased_columns[] = {
    {"council", "Council", COLUMN_TEXT}, {"texts", "Texts", COLUMN_RIGHT},
    {"places", "Places", COLUMN_RIGHT},  {"publications", "Still published in", COLUMN_TEXT},
    {"day", "Decided", COLUMN_TEXT},     {"reason", "Reason", COLUMN_TEXT},
};

// What is found of what is to be erased.
struct finding {
    struct listing *listing; // NULL: only counted
    char **texts;            // the different ones that are not erased, n of them; owned
    size_t n;
    size_t n_published; // places of those that a publication contains
    bool has_no_memory;
};

static bool is_found(const struct finding *finding, const char *text) {
    for (size_t i = 0; i < finding->n; i++) {
        if (strcmp(finding->texts[i], text) == 0)
            return true;
    }
    return false;
}

static bool add_text(struct finding *finding, const char *text) {
    char **texts = realloc(finding->texts, (finding->n + 1) * sizeof *texts);
    if (texts == NULL)
        return false;
    finding->texts = texts;
    texts[finding->n] = strdup(text);
    if (texts[finding->n] == NULL)
        return false;
    finding->n++;
    return true;
}

static bool on_place(void *ctx, const ProtobufCMessage *message) {
    struct finding *finding = ctx;
    const Shap__V1__PersonalText *place = (const Shap__V1__PersonalText *)(const void *)message;
    if (place->erased_on != NULL || place->text_id == NULL)
        return true;
    finding->n_published += place->n_publications > 0;
    if (!is_found(finding, place->text_id) && !add_text(finding, place->text_id)) {
        finding->has_no_memory = true;
        return false;
    }
    return finding->listing == NULL || output_add(finding->listing, message);
}

static void finding_finish(struct finding *finding) {
    for (size_t i = 0; i < finding->n; i++)
        free(finding->texts[i]);
    free(finding->texts);
}

static int find(struct invocation *invocation, struct finding *finding) {
    Shap__V1__ListPersonalTextRequest request = SHAP__V1__LIST_PERSONAL_TEXT_REQUEST__INIT;
    int code = EXIT_FAILED;
    if (request_fill(invocation, &request.base))
        code = invocation_stream(invocation, &shap__v1__erasures__descriptor, "ListPersonalText",
                                 &request.base, on_place, finding);
    else
        finding->has_no_memory = true;
    request_clear(&request.base);
    if (finding->has_no_memory)
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    return code;
}

static int show_places(struct invocation *invocation, struct finding *finding) {
    finding->listing = output_begin(invocation, erasure_place_columns, erasure_n_place_columns);
    if (finding->listing == NULL)
        return EXIT_FAILED;
    int code = find(invocation, finding);
    if (code == EXIT_OK && finding->n > 0)
        return output_end(invocation, finding->listing);
    output_abandon(finding->listing);
    return code;
}

static void say_what_stays(struct invocation *invocation, const struct finding *finding) {
    say_warning(invocation,
                "%zu text%s would be gone for good, and no other act brings %s back. Backups and "
                "files that people keep are not reached.",
                finding->n, finding->n == 1 ? "" : "s", finding->n == 1 ? "it" : "them");
    if (finding->n_published > 0)
        say_warning(invocation,
                    "published reports contain some of it and keep it, for they are frozen public "
                    "records; made again (shap report reproduce) they will be the same but for "
                    "what is erased. One that must not be shown: shap report withdraw");
}

// Whether the person at the terminal says yes; *code is what to exit with if not.
static bool has_confirmed(struct invocation *invocation, int *code) {
    static const char word[] = "erase";
    struct error err = {0};
    struct buf line = {0};
    *code = EXIT_OK;
    if (!terminal_is_one(stdin)) {
        say(invocation, "Nothing is erased. To erase it, type the same with --yes");
        return false;
    }
    fprintf(invocation->err, "To erase it for good type \"%s\": ", word);
    fflush(invocation->err);
    enum terminal_line read = terminal_read_line(&line, LONGEST_LINE, &err);
    bool is_yes = read == TERMINAL_LINE && buf_len(&line) == sizeof word - 1 &&
                  memcmp(buf_bytes(&line), word, sizeof word - 1) == 0;
    buf_finish(&line);
    if (read == TERMINAL_INTERRUPTED)
        *code = EXIT_INTERRUPTED;
    if (!is_yes)
        say(invocation, "Nothing is erased.");
    return is_yes;
}

static void say_erased(struct invocation *invocation, const Shap__V1__ErasedTexts *erased) {
    say(invocation, "Erased: %d text%s. It is on record, with the reason: shap text erased",
        erased->texts, erased->texts == 1 ? "" : "s");
    if (erased->n_publications > 0)
        say_warning(invocation,
                    "%zu publication%s still contain%s some of it, first %lld: shap text erased",
                    erased->n_publications, erased->n_publications == 1 ? "" : "s",
                    erased->n_publications == 1 ? "s" : "", (long long)erased->publications[0]);
}

static int erase(struct invocation *invocation, const struct finding *finding, bool is_printed) {
    Shap__V1__ErasePersonalTextRequest request = SHAP__V1__ERASE_PERSONAL_TEXT_REQUEST__INIT;
    int code;
    request.has_texts = true;
    request.texts = (int32_t)finding->n;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__erasures__descriptor,
                                            "ErasePersonalText", &request.base, &code);
    if (answer == NULL)
        return code;
    if (is_printed)
        code = output_message(invocation, answer, erased_columns,
                              sizeof erased_columns / sizeof *erased_columns);
    if (code == EXIT_OK)
        say_erased(invocation, (const Shap__V1__ErasedTexts *)(const void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

int erasure_run(struct invocation *invocation) {
    struct finding finding = {0};
    bool has_said_yes = argument_flag(invocation, "yes");
    int code = has_said_yes ? find(invocation, &finding) : show_places(invocation, &finding);
    if (code == EXIT_OK && finding.n == 0)
        code = fail(invocation, EXIT_NOT_FOUND,
                    "there is no such text that is not erased. Where texts stand: shap text list; "
                    "a person's name is erased by the council that added them");
    else if (code == EXIT_OK) {
        if (!has_said_yes)
            say_what_stays(invocation, &finding);
        if (has_said_yes || has_confirmed(invocation, &code))
            code = erase(invocation, &finding, has_said_yes);
    }
    finding_finish(&finding);
    return code;
}
