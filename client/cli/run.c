#include "client/cli/run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/bulk.h"
#include "client/cli/home.h"
#include "client/cli/listing.h"
#include "client/cli/usage.h"
#include "client/cli/invocation.h"
#include "client/cli/outbox_all.h"
#include "client/cli/output.h"
#include "client/cli/parse.h"
#include "client/cli/report_print.h"
#include "client/cli/request.h"
#include "client/cli/suggest.h"
#include "client/cli/terminal.h"
#include "client/cli/today.h"

static int run_list(struct invocation *invocation, const ProtobufCMessage *request) {
    const struct command *command = invocation->command;
    struct listing *listing = output_begin(invocation, command->columns, command->n_columns);
    if (listing == NULL)
        return EXIT_FAILED;
    int code = invocation_stream(invocation, command->service, command->method, request, output_add,
                                 listing);
    if (code != EXIT_OK) {
        output_abandon(listing);
        return code;
    }
    size_t n = output_count(listing);
    code = output_end(invocation, listing);
    if (code == EXIT_OK)
        listing_say_next(invocation, n);
    return code;
}

static int run_unary(struct invocation *invocation, const ProtobufCMessage *request) {
    const struct command *command = invocation->command;
    int code;
    ProtobufCMessage *answer =
        invocation_call(invocation, command->service, command->method, request, &code);
    if (answer == NULL)
        return code;
    code = command->paper != NULL
               ? report_print(invocation, command->paper, answer)
               : output_message(invocation, answer, command->columns, command->n_columns);
    if (code == EXIT_OK && command->after != NULL)
        command->after(invocation, answer);
    else if (code == EXIT_OK && command->next != NULL)
        say(invocation, "Next: %s", command->next);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static int run_call(struct invocation *invocation) {
    const struct command *command = invocation->command;
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(command->service, command->method);
    assert(method != NULL);
    ProtobufCMessage *request = calloc(1, method->input->sizeof_message);
    if (request == NULL)
        return fail(invocation, EXIT_FAILED, "not enough memory");
    method->input->message_init(request);
    int code;
    if (!request_fill(invocation, request))
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    else if (command->is_list)
        code = run_list(invocation, request);
    else
        code = run_unary(invocation, request);
    request_clear(request);
    free(request);
    return code;
}

static int print_help(struct invocation *invocation, FILE *to, int code) {
    struct buf text = {0};
    bool is_made;
    if (invocation->command != NULL)
        is_made = usage_add_command(&text, invocation->noun, invocation->command);
    else if (invocation->noun != NULL)
        is_made = usage_add_noun(&text, invocation->noun);
    else
        is_made = usage_add_overview(&text);
    if (!is_made)
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    else if (fwrite(buf_bytes(&text), 1, buf_len(&text), to) != buf_len(&text) || fflush(to) != 0)
        code = errno == EPIPE
                   ? EXIT_FAILED
                   : fail(invocation, EXIT_FAILED, "cannot write the output: %s", strerror(errno));
    buf_finish(&text);
    return code;
}

// A format the command does not have is an error where it was typed, not where the environment or
// the profile prefers one.
static int check_format(struct invocation *invocation) {
    enum format format;
    const char *names[N_FORMATS];
    char list[80] = "";
    size_t n = 0;
    const char *given = invocation->settings.values[SETTING_FORMAT];
    unsigned formats = output_formats(invocation->command);
    bool is_known = output_find_format(given, &format);
    bool is_typed = invocation_find(invocation, "format") != NULL;
    if (is_known && (!is_typed || (formats & 1u << format) != 0))
        return EXIT_OK;
    for (unsigned i = 0; i < N_FORMATS; i++) {
        if ((formats & 1u << i) == 0)
            continue;
        names[n] = output_format_name((enum format)i);
        strncat(list, n > 0 ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, names[n++], sizeof list - strlen(list) - 1);
    }
    const char *near = suggest_nearest(given, names, n);
    return fail_usage(invocation, "%s: there is no format \"%s\" here, only %s%s%s%s",
                      invocation->settings.sources[SETTING_FORMAT], given, list,
                      near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
                      near == NULL ? "" : "?");
}

static int run_command(struct invocation *invocation) {
    if (invocation->command->has_bulk && invocation_find(invocation, "file") != NULL)
        return bulk_run(invocation, invocation->command, invocation_find(invocation, "file"));
    return invocation->command->run != NULL ? invocation->command->run(invocation)
                                            : run_call(invocation);
}

// On a terminal it is said, after whatever else there is to say, that an earlier run left something
// in the outbox; elsewhere nobody looks.
static bool has_outbox(struct invocation *invocation) {
    struct outbox_count count;
    return !invocation->is_quiet && terminal_is_one(invocation->err) &&
           (invocation->noun == NULL || strcmp(invocation->noun->name, "outbox") != 0) &&
           outbox_count(invocation, &count);
}

static void say_outbox(struct invocation *invocation, bool had_some) {
    struct outbox_count count;
    if (had_some && outbox_count(invocation, &count))
        outbox_say(invocation, &count);
}

static int run_parsed(struct invocation *invocation) {
    if (invocation->noun == NULL && !invocation->wants_help && home_print(invocation)) {
        say_outbox(invocation, has_outbox(invocation));
        return EXIT_OK;
    }
    if (invocation->wants_help || invocation->noun == NULL)
        return print_help(invocation, invocation->out, EXIT_OK);
    if (invocation->command == NULL)
        return print_help(invocation, invocation->err, EXIT_USAGE);
    int code = invocation_load_settings(invocation);
    if (code == EXIT_OK)
        code = check_format(invocation);
    if (code == EXIT_OK)
        code = today_settle(invocation);
    if (code != EXIT_OK)
        return code;
    bool had_some = has_outbox(invocation);
    code = run_command(invocation);
    say_outbox(invocation, had_some);
    return code;
}

int run_command_line(int argc, char *const *argv, FILE *out, FILE *err,
                     const volatile sig_atomic_t *interrupted) {
    struct invocation invocation;
    invocation_init(&invocation, out, err, interrupted);
    int code = parse_arguments(&invocation, argc, argv);
    if (code == EXIT_OK)
        code = run_parsed(&invocation);
    if (code != EXIT_OK && invocation_interrupted(&invocation))
        code = EXIT_INTERRUPTED;
    invocation_finish(&invocation);
    return code;
}
