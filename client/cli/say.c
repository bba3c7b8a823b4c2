#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "client/cli/usage.h"
#include "client/cli/invocation.h"
#include "client/render/text.h"
#include "server/base/buf.h"

// Writes prefix, the text made safe, and a line feed; what a server said may be in it.
static void write_line(FILE *to, const char *prefix, const char *format, va_list args) {
    char text[SHAP_MESSAGE_SIZE + 4 * ERROR_SIZE];
    struct buf safe = {0};
    vsnprintf(text, sizeof text, format, args);
    bool is_safe = text_append_safe(&safe, text, strlen(text), true) && buf_append(&safe, "", 1);
    fprintf(to, "%s%s\n", prefix, is_safe ? (const char *)buf_bytes(&safe) : "not enough memory");
    buf_finish(&safe);
}

void say(struct invocation *invocation, const char *format, ...) {
    va_list args;
    if (invocation->is_quiet)
        return;
    va_start(args, format);
    write_line(invocation->err, "", format, args);
    va_end(args);
}

void say_warning(struct invocation *invocation, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(invocation->err, "shap: warning: ", format, args);
    va_end(args);
}

int fail(struct invocation *invocation, enum exit_code code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(invocation->err, "shap: ", format, args);
    va_end(args);
    return (int)code;
}

int fail_usage(struct invocation *invocation, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(invocation->err, "shap: ", format, args);
    va_end(args);
    const struct noun *noun = invocation->noun;
    const struct command *command = invocation->command;
    if (noun == NULL)
        fputs("Type `shap help` for the commands.\n", invocation->err);
    else if (command == NULL || command->verb == NULL)
        fprintf(invocation->err, "Type `shap %s --help` for help.\n", noun->name);
    else
        fprintf(invocation->err, "Type `shap %s %s --help` for help.\n", noun->name, command->verb);
    return EXIT_USAGE;
}
