#include "client/cli/listing.h"

#include "client/cli/output.h"
#include "client/cli/request.h"

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
    if (n != NULL)
        *n = output_count(listing);
    if (code == EXIT_OK)
        return output_end(invocation, listing);
    output_abandon(listing);
    return code;
}

int listing_end(struct invocation *invocation, struct listing *listing) {
    bool is_silent =
        listing != NULL && output_count(listing) == 0 && output_format(invocation) == FORMAT_TABLE;
    if (!is_silent)
        return output_end(invocation, listing);
    output_abandon(listing);
    return EXIT_OK;
}
