// What shap shows of the answers of a server that may be hostile: every report in every format, and
// every message as JSON. Whatever a message says or leaves out, nothing in it becomes markup, moves
// a cursor or begins a header of a letter.
//
// Input: a byte for the report, two bytes for the message where it is none, a byte for the
// format and the width, a byte for the number of changes of the full message, changes.
#include "client/render/digest.h"
#include "client/render/json.h"
#include "client/render/papers.h"
#include "client/render/report.h"
#include "client/render/text.h"
#include "server/base/utf8.h"
#include "shap/v1/checks.pb-c.h"
#include "shap/v1/comparisons.pb-c.h"
#include "shap/v1/order.pb-c.h"
#include "shap/v1/ratings.pb-c.h"
#include "shap/v1/signoffs.pb-c.h"
#include "tests/fuzz/contract.h"

#include <jansson.h>
#include <string.h>

enum { CHANGES_MAX = 8, DEPTH_MAX = 32, NAME_MAX_LEN = 16 };

static const struct {
    const struct paper *paper;
    const ProtobufCMessageDescriptor *descriptor;
} papers[] = {
    {&paper_rating, &shap__v1__rating_report__descriptor},
    {&paper_disagreements, &shap__v1__disagreement_report__descriptor},
    {&paper_outstanding, &shap__v1__outstanding_report__descriptor},
    {&paper_window, &shap__v1__window_status__descriptor},
    {&paper_councils, &shap__v1__councils_report__descriptor},
    {&paper_extensions, &shap__v1__extension_report__descriptor},
    {&paper_knock_ons, &shap__v1__knock_on_report__descriptor},
    {&paper_forward, &shap__v1__forward_report__descriptor},
    {&paper_completed, &shap__v1__completed_report__descriptor},
    {&paper_account, &shap__v1__account_report__descriptor},
    {&paper_no_return, &shap__v1__no_return_report__descriptor},
    {&paper_doubts, &shap__v1__doubt_report__descriptor},
    {&paper_history, &shap__v1__history_report__descriptor},
    {&paper_movement, &shap__v1__movement_report__descriptor},
    {&paper_sign_off, &shap__v1__sign_off_report__descriptor},
    {&paper_check, &shap__v1__checked_report__descriptor},
};
enum { N_PAPERS = sizeof papers / sizeof *papers, REPORT = N_PAPERS, DIGEST, ANY, N_KINDS };

// ---- what must hold of what is shown

static void check_safe(const struct buf *out) {
    const char *text = (const char *)buf_bytes(out);
    size_t len = buf_len(out);
    FUZZ_CHECK(len == 0 || utf8_is_valid(text, len));
    for (size_t i = 0; i < len;) {
        uint32_t character;
        i += text_decode(text + i, len - i, &character);
        FUZZ_CHECK(character == '\n' || !text_is_unsafe(character));
    }
}

static void check_json(const struct buf *out) {
    json_error_t error;
    json_t *json =
        json_loadb((const char *)buf_bytes(out), buf_len(out), JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fprintf(stderr, "%s, byte %d\n", error.text, error.position);
    FUZZ_CHECK(json != NULL);
    json_decref(json);
    check_safe(out);
}

// The end of a tag that begins at text, and what it opens or closes in open.
static const char *take_tag(const char *text, char open[][NAME_MAX_LEN], size_t *depth) {
    bool is_end = text[1] == '/';
    const char *name = text + 1 + is_end, *close = strchr(text, '>');
    FUZZ_CHECK(close != NULL && memchr(text + 1, '<', (size_t)(close - text - 1)) == NULL);
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
    FUZZ_CHECK(len > 0 && len < NAME_MAX_LEN);
    if (is_end) {
        FUZZ_CHECK(*depth > 0 && name + len == close);
        (*depth)--;
        FUZZ_CHECK(strlen(open[*depth]) == len && memcmp(open[*depth], name, len) == 0);
    } else if (close[-1] != '/') {
        FUZZ_CHECK(*depth < DEPTH_MAX);
        snprintf(open[(*depth)++], NAME_MAX_LEN, "%.*s", (int)len, name);
    }
    return close + 1;
}

// Tags that are closed in their order, and entities: well-formed as far as our pages go.
static void check_html(struct buf *out) {
    char open[DEPTH_MAX][NAME_MAX_LEN];
    size_t depth = 0;
    check_safe(out);
    FUZZ_CHECK(buf_append(out, "", 1));
    const char *text = (const char *)buf_bytes(out);
    FUZZ_CHECK(strncmp(text, "<!DOCTYPE html>", 15) == 0);
    for (text += 15; *text != '\0';) {
        if (*text == '<') {
            text = take_tag(text, open, &depth);
            continue;
        }
        if (*text == '&') {
            const char *end = text + 1 + strspn(text + 1, "abcdefghijklmnopqrstuvwxyz#0123456789");
            FUZZ_CHECK(end > text + 1 && *end == ';');
        }
        text++;
    }
    FUZZ_CHECK(depth == 0);
}

static void check_letter(struct buf *out) {
    static const char *const fields[] = {"To: ", "Subject: ", "MIME-Version: ", "Content-", " "};
    if (buf_len(out) == 0) // a digest of nothing
        return;
    check_safe(out);
    FUZZ_CHECK(buf_append(out, "", 1));
    for (const char *line = (const char *)buf_bytes(out); *line != '\n';) {
        bool is_field = false;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            is_field = is_field || strncmp(line, fields[i], strlen(fields[i])) == 0;
        if (!is_field)
            fprintf(stderr, "%.200s\n", line);
        FUZZ_CHECK(is_field);
        FUZZ_CHECK((line = strchr(line, '\n')) != NULL);
        line++;
    }
}

// ---- every format

enum { TEXT, MARKDOWN, HTML, DATA, N_FORMATS };

static bool render_paper(const struct paper *paper, const ProtobufCMessage *message,
                         unsigned format, size_t width, struct buf *out) {
    switch (format) {
    case TEXT:
        return paper_text(paper, message, width, out);
    case MARKDOWN:
        return paper_markdown(paper, message, out);
    case HTML:
        return paper_html(paper, message, out);
    default:
        return paper_csv(paper, message, out);
    }
}

static bool render_report(const ProtobufCMessage *message, unsigned format, size_t width,
                          struct buf *out) {
    const Shap__V1__ExceptionReport *report = (const Shap__V1__ExceptionReport *)message;
    switch (format) {
    case TEXT:
        return report_text(report, width, out);
    case MARKDOWN:
        return report_markdown(report, out);
    case HTML:
        return report_html(report, out);
    default:
        return report_csv(report, out);
    }
}

// CSV is for programs: its cells are as they came.
static void show(uint8_t kind, const ProtobufCMessage *message, unsigned format, size_t width) {
    struct buf out = {0};
    if (kind < REPORT)
        FUZZ_CHECK(render_paper(papers[kind].paper, message, format, width, &out));
    else if (kind == REPORT)
        FUZZ_CHECK(render_report(message, format, width, &out));
    if (kind <= REPORT && format == HTML)
        check_html(&out);
    else if (kind <= REPORT && format != DATA)
        check_safe(&out);
    buf_clear(&out);
    if (kind == DIGEST) {
        FUZZ_CHECK(digest_add(&out, (const Shap__V1__Digest *)message));
        check_letter(&out);
    }
    buf_finish(&out);
}

static void show_json(const ProtobufCMessage *message, int level) {
    struct buf out = {0};
    FUZZ_CHECK(json_add_message(&out, message, level));
    check_json(&out);
    FUZZ_CHECK(level >= 0 || memchr(buf_bytes(&out), '\n', buf_len(&out)) == NULL);
    buf_finish(&out);
}

static const struct contract_message *find_message(uint8_t kind, struct fuzz_input *input) {
    if (kind < N_PAPERS)
        return contract_find(papers[kind].descriptor);
    if (kind == REPORT)
        return contract_find(&shap__v1__exception_report__descriptor);
    if (kind == DIGEST)
        return contract_find(&shap__v1__digest__descriptor);
    unsigned number = (unsigned)fuzz_byte(input) << 8;
    return contract_message(number | fuzz_byte(input));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct fuzz_input input = {bytes, len};
    uint8_t kind = fuzz_byte(&input) % N_KINDS;
    const struct contract_message *type = find_message(kind, &input);
    uint8_t look = fuzz_byte(&input);
    unsigned format = look % N_FORMATS;
    struct fuzz_input answer = type->full;
    uint8_t *held = NULL;
    for (uint8_t n = fuzz_byte(&input) % (CHANGES_MAX + 1); n > 0; n--) {
        uint8_t *changed = contract_change(&input, answer, &answer.len);
        free(held);
        answer.bytes = held = changed;
    }
    ProtobufCMessage *message =
        protobuf_c_message_unpack(type->descriptor, NULL, answer.len, answer.bytes);
    if (message != NULL) {
        show(kind, message, format, DOCUMENT_WIDTH_MIN + look / N_FORMATS);
        if (format == DATA || kind >= DIGEST)
            show_json(message, look & 0x80 ? 0 : -1);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    free(held);
    return 0;
}
