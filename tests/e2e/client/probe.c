// Calls one rpc of the directory through libshap, many times if wanted, and prints how the calls
// ended: a line "STATUS STAGE COUNT MESSAGES" for each way they did. For client_transport.py.
//
//     probe SERVER CA|- TIMEOUT_MS METHOD COUNT IN_FLIGHT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/lib/shap.h"
#include "shap/v1/directory.pb-c.h"

enum { MOST_ENDS = 16 };

struct end {
    enum grpc_status status;
    enum shap_stage stage;
    int n;
};

struct tally {
    const char *method;
    ProtobufCMessage *request; // owned
    int n_left;
    int n_messages;
    struct end ends[MOST_ENDS];
    int n_ends;
};

static bool on_message(void *ctx, const ProtobufCMessage *message) {
    struct tally *tally = ctx;
    (void)message;
    tally->n_messages++;
    return true;
}

static void on_done(void *ctx, const struct shap_outcome *outcome) {
    struct tally *tally = ctx;
    if (outcome->status != GRPC_OK)
        fprintf(stderr, "%s\n", outcome->message);
    for (int i = 0; i < tally->n_ends; i++) {
        if (tally->ends[i].status == outcome->status && tally->ends[i].stage == outcome->stage) {
            tally->ends[i].n++;
            return;
        }
    }
    if (tally->n_ends < MOST_ENDS)
        tally->ends[tally->n_ends++] = (struct end){outcome->status, outcome->stage, 1};
}

static bool next(void *ctx, struct shap_call *call) {
    struct tally *tally = ctx;
    if (tally->n_left == 0)
        return false;
    tally->n_left--;
    *call = (struct shap_call){.service = &shap__v1__directory__descriptor,
                               .method = tally->method,
                               .request = tally->request,
                               .on_message = on_message,
                               .on_done = on_done,
                               .ctx = tally};
    return true;
}

static bool make_request(struct tally *tally) {
    const ProtobufCMethodDescriptor *method = protobuf_c_service_descriptor_get_method_by_name(
        &shap__v1__directory__descriptor, tally->method);
    if (method == NULL || (tally->request = calloc(1, method->input->sizeof_message)) == NULL)
        return false;
    method->input->message_init(tally->request);
    return true;
}

int main(int argc, char **argv) {
    static const char *const stages[] = {"RESOLVE", "PROXY", "CONNECT", "TLS", "CALL"};
    struct error err = {0};
    struct tally tally = {0};
    if (argc != 7)
        return 2;
    const struct shap_options options = {.server = argv[1],
                                         .ca_file = strcmp(argv[2], "-") == 0 ? NULL : argv[2],
                                         .timeout_ms = atoi(argv[3])};
    tally.method = argv[4];
    tally.n_left = atoi(argv[5]);
    struct shap_client *client = shap_client_create(&options, &err);
    if (client == NULL || !make_request(&tally)) {
        fprintf(stderr, "%s\n", err.message);
        shap_client_destroy(client);
        return 1;
    }
    shap_invoke_many(client, (size_t)atoi(argv[6]), next, &tally);
    for (int i = 0; i < tally.n_ends; i++)
        printf("%s %s %d %d\n", status_name((int)tally.ends[i].status), stages[tally.ends[i].stage],
               tally.ends[i].n, tally.n_messages);
    shap_client_destroy(client);
    free(tally.request);
    return 0;
}
