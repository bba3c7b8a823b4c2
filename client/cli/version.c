#include "client/cli/command.h"
#include "client/cli/output.h"

static int run(struct invocation *invocation) {
    struct buf text = {0};
    int code = EXIT_OK;
    if (!buf_append_text(&text, "shap " SHAP_VERSION "\n"))
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    else if (!output_bytes(invocation, &text))
        code = EXIT_FAILED;
    buf_finish(&text);
    return code;
}

static const struct command commands[] = {{.summary = "The version of this program",
                                           .details = "What the server is: `shap doctor`.",
                                           .example = "shap version",
                                           .formats = 1u << FORMAT_TABLE,
                                           .is_local = true,
                                           .run = run},
                                          {0}};

const struct noun noun_version = {
    .name = "version", .summary = "The version of this program", .commands = commands};
