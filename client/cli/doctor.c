#include "client/cli/doctor.h"

#include <stdlib.h>
#include <string.h>
#include "client/cli/output.h"
#include "client/render/json.h"
#include "client/render/text.h"

static bool add_pair(struct buf *out, const char *name, const char *value, bool is_last) {
    return buf_format(out, "    \"%s\": ", name) &&
           (value[0] == '\0' ? buf_append_text(out, "null")
                             : json_add_string(out, value, strlen(value))) &&
           buf_append_text(out, is_last ? "\n" : ",\n");
}

static bool add_json(struct buf *out, const char *name, const struct finding *finding,
                     bool is_first) {
    return buf_append_text(out, is_first ? "[\n  {\n" : ",\n  {\n") &&
           add_pair(out, "check", name, false) &&
           add_pair(out, "result", finding->verdict == DOCTOR_OK ? "ok" : "fail", false) &&
           add_pair(out, "found", finding->text, false) &&
           add_pair(out, "cure", finding->cure, true) && buf_append_text(out, "  }");
}

static bool add_safe(struct buf *out, const char *text) {
    return text_append_safe(out, text, strlen(text), false);
}

static bool add_line(struct buf *out, const char *name, const struct finding *finding) {
    return buf_format(out, "%-5s %-11s ", finding->verdict == DOCTOR_OK ? "ok" : "fail", name) &&
           add_safe(out, finding->text) && buf_append_text(out, "\n") &&
           (finding->cure[0] == '\0' ||
            (buf_format(out, "%-5s %-11s ", "", "cure:") && add_safe(out, finding->cure) &&
             buf_append_text(out, "\n")));
}

static bool add_finding(struct invocation *invocation, struct buf *out, const char *name,
                        const struct finding *finding, bool is_first) {
    if (output_format(invocation) == FORMAT_JSON)
        return add_json(out, name, finding, is_first);
    return add_line(out, name, finding);
}

// Runs all checks that make sense of one address and adds what they found; *code is the exit code
// of the first that failed. False without memory.
static bool examine(struct doctor *doctor, struct buf *out, int *code) {
    bool is_last = false;
    for (size_t i = 0; i < n_doctor_checks && !is_last; i++) {
        struct finding finding = {0};
        if (!doctor_checks[i].run(doctor, &finding))
            continue;
        if (!add_finding(doctor->invocation, out, doctor_checks[i].name, &finding,
                         buf_len(out) == 0))
            return false;
        is_last = finding.is_last;
        if (finding.verdict == DOCTOR_FAIL && *code == EXIT_OK)
            *code = (int)finding.code;
    }
    return true;
}

// Each of several addresses by itself, as if it were the only one.
static bool examine_all(struct invocation *invocation, struct buf *out, int *code) {
    const char **server = &invocation->settings.values[SETTING_SERVER], *all = *server;
    char *copy = strdup(all == NULL ? "" : all), *rest = copy;
    bool is_made = copy != NULL;
    while (is_made && rest != NULL) {
        struct doctor doctor = {.invocation = invocation};
        char *comma = strchr(rest, ',');
        if (comma != NULL)
            *comma = '\0';
        *server = all == NULL ? NULL : rest;
        is_made = examine(&doctor, out, code);
        shap_client_destroy(doctor.client);
        rest = comma == NULL ? NULL : comma + 1 + strspn(comma + 1, " ");
    }
    *server = all;
    free(copy);
    return is_made;
}

static int run(struct invocation *invocation) {
    struct buf out = {0};
    int code = EXIT_OK;
    bool is_json = output_format(invocation) == FORMAT_JSON;
    if (!examine_all(invocation, &out, &code) || (is_json && !buf_append_text(&out, "\n]\n")))
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    else if (!output_bytes(invocation, &out))
        code = EXIT_FAILED;
    if (code == EXIT_OK)
        say(invocation, "All is well.");
    buf_finish(&out);
    return code;
}

static const struct command commands[] = {
    {.summary = "Look for what keeps `shap` from working, with the cure",
     .details =
         "Checks in this order: settings, the server's name, the proxy, the connection, TLS "
         "and the "
         "server's certificate, its health, the clocks, versions, your token; of each address, "
         "if the server has several. What waits in the outbox is named, too. The exit code is "
         "that of the first check that fails.",
     .example = "shap doctor\nshap doctor --server shap.example.gov.uk --format json",
     .formats = 1u << FORMAT_TABLE | 1u << FORMAT_JSON,
     .is_local = true,
     .run = run},
    {0}};

const struct noun noun_doctor = {
    .name = "doctor", .summary = "Find out why something does not work", .commands = commands};
