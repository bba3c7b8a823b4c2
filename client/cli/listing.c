#include "client/cli/listing.h"

#include "client/cli/invocation.h"
#include "client/cli/output.h"
#include "client/cli/request.h"

void listing_say_next(struct invocation *invocation, size_t n) {
    const struct command *command = invocation->command;
    if (n == 0 && command->empty != NULL)
        say(invocation, "%s", command->empty);
    else if (n > 0 && command->next != NULL)
        say(invocation, "%zu row%s. Next: %s", n, n == 1 ? "" : "s", command->next);
}

int listing_run(struct invocation *invocation, const struct listing_call *call, size_t *n) {
    bool is_full = output_format(invocation) == FORMAT_CSV;
    struct listing *listing = output_begin(invocation, is_full ? call->full_columns : call->columns,
                                           is_full ? call->n_full_columns : call->n_columns);
    if (listing == NULL)
        return EXIT_FAILED;
    int code = request_fill(invocation, call->request)
                   ? invocation_stream(invocation, call->service, call->method, call->request,
                                       output_add, listing)
                   : fail(invocation, EXIT_FAILED, "not enough memory");
    request_clear(call->request);
    size_t n_rows = output_count(listing);
    if (n != NULL)
        *n = n_rows;
    if (code != EXIT_OK) {
        output_abandon(listing);
        return code;
    }
    code = output_end(invocation, listing);
    if (code == EXIT_OK)
        listing_say_next(invocation, n_rows);
    return code;
}

int listing_end(struct invocation *invocation, struct listing *listing) {
    bool is_silent = listing != NULL && output_count(listing) == 0 && !output_has_failed(listing) &&
                     output_format(invocation) == FORMAT_TABLE;
    if (!is_silent)
        return output_end(invocation, listing);
    output_abandon(listing);
    return EXIT_OK;
}
