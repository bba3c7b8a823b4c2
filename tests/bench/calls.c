#include "tests/bench/calls.h"

#include "shap/v1/plans.pb-c.h"
#include "shap/v1/returns.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64, UUID_SIZE = 37, STATIC_AUTHORIZATION = 23, MESSAGE_HEAD = 5 };

static const struct {
    const char *name, *path;
} kinds[] = {
    [CALL_EMPTY] = {"empty", "/grpc.health.v1.Health/Check"},
    [CALL_POINT] = {"point", "/shap.v1.Directory/WhoAmI"},
    [CALL_READ] = {"read", "/shap.v1.Plans/GetMilestone"},
    [CALL_RETURN] = {"return", "/shap.v1.Returns/SubmitReturn"},
    [CALL_EXCEPTIONS] = {"exceptions", "/shap.v1.Reports/GetExceptionReport"},
    [CALL_ACCOUNT] = {"account", "/shap.v1.Reports/GetAccountReport"},
    [CALL_OUTSTANDING] = {"outstanding", "/shap.v1.Windows/GetOutstandingReport"},
    [CALL_EXPORT] = {"export", "/shap.v1.Plans/ExportPlan"},
};

static bool is_of_large(const struct calls *calls) {
    return calls->kind >= CALL_EXCEPTIONS;
}

static void read_random(uint8_t *bytes, size_t len) {
    FILE *file = fopen("/dev/urandom", "rb");
    if (file == NULL || fread(bytes, len, 1, file) != 1)
        abort();
    fclose(file);
}

bool calls_init(struct calls *calls, const char *name) {
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            calls->kind = (enum call_kind)i;
            request_init(&calls->request, kinds[i].path, NULL);
            if (is_of_large(calls)) // as most clients say
                request_add(&calls->request, "grpc-accept-encoding", "gzip");
            read_random(calls->id, sizeof calls->id);
            return true;
        }
    return false;
}

// The next id: half of it counts, the other is this program's own.
static void write_id(struct calls *calls, char text[UUID_SIZE]) {
    const uint8_t *id = calls->id;
    for (size_t i = 0; i < 8 && ++calls->id[i] == 0; i++)
        ;
    snprintf(text, UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-4%01x%02x-8%01x%02x-%02x%02x%02x%02x%02x%02x", id[0], id[1],
             id[2], id[3], id[4], id[5], id[6] & 15, id[7], id[8] & 15, id[9], id[10], id[11],
             id[12], id[13], id[14], id[15]);
}

// Every hundredth, spread evenly, for one percent.
static bool is_refused(const struct calls *calls, uint64_t n) {
    double share = calls->percent_refused / 100;
    return (uint64_t)((double)(n + 1) * share) > (uint64_t)((double)n * share);
}

static size_t pack_read(char *plan, char *reference, uint8_t *bytes) {
    Shap__V1__GetMilestoneRequest message = SHAP__V1__GET_MILESTONE_REQUEST__INIT;
    message.plan = plan;
    message.reference = reference;
    return shap__v1__get_milestone_request__pack(&message, bytes);
}

// All of these requests have the plan as their first field.
static size_t pack_large(const struct calls *calls, uint8_t *bytes) {
    char plan[NAME_SIZE];
    Shap__V1__ExportPlanRequest message = SHAP__V1__EXPORT_PLAN_REQUEST__INIT;
    snprintf(plan, sizeof plan, "large/%s", calls->year);
    message.plan = plan;
    return shap__v1__export_plan_request__pack(&message, bytes);
}

static size_t pack_return(struct calls *calls, char *plan, char *reference, uint8_t *bytes) {
    Shap__V1__SubmitReturnRequest message = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    char id[UUID_SIZE], note[] = "Two of four reviews are done.";
    write_id(calls, id);
    message.return_id = id;
    message.plan = plan;
    message.reference = reference;
    message.has_status = true;
    message.status = SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS;
    message.note = note;
    return shap__v1__submit_return_request__pack(&message, bytes);
}

static size_t pack(struct calls *calls, unsigned council, uint64_t n, unsigned *expected,
                   uint8_t *bytes) {
    char plan[NAME_SIZE], reference[NAME_SIZE];
    if (is_of_large(calls))
        return pack_large(calls, bytes);
    snprintf(plan, sizeof plan, "council-%u/%s", council, calls->year);
    snprintf(reference, sizeof reference, "SH1.1/%u/1",
             (unsigned)(n / calls->n_councils % calls->n_milestones) + 1);
    if (calls->kind == CALL_READ)
        return pack_read(plan, reference, bytes);
    if (is_refused(calls, n)) {
        *expected = GRPC_NOT_FOUND;
        snprintf(reference, sizeof reference, "SH9.9/9/9");
    }
    return pack_return(calls, plan, reference, bytes);
}

// Each council has a token of its own: remembered by no decoder.
static void put_token(const struct calls *calls, struct buf *block, unsigned council) {
    char value[NAME_SIZE];
    int len = is_of_large(calls) ? snprintf(value, sizeof value, "Bearer coordinator-large")
                                 : snprintf(value, sizeof value, "Bearer partner-%u", council);
    const uint8_t head[] = {0x0f, STATIC_AUTHORIZATION - 15, (uint8_t)len};
    if (!buf_append(block, head, sizeof head) || !buf_append(block, value, (size_t)len))
        abort();
}

uint32_t calls_open(struct calls *calls, struct line *line, uint64_t n, unsigned *expected,
                    size_t *len) {
    static const struct buf empty;
    uint8_t bytes[CALL_SIZE_MAX];
    struct buf block = {0}, message = {.data = bytes, .capacity = sizeof bytes};
    unsigned council = (unsigned)(n % calls->n_councils) + 1;
    *expected = GRPC_OK;
    if (calls->kind > CALL_POINT)
        message.end = pack(calls, council, n, expected, bytes);
    if (calls->kind != CALL_EMPTY)
        put_token(calls, &block, council);
    uint32_t stream =
        request_open(&calls->request, line, FLAG_END_HEADERS, block.data ? &block : NULL);
    request_put_message(line, stream, FLAG_END_STREAM, false, message.end ? &message : &empty,
                        message.end);
    buf_finish(&block);
    *len = MESSAGE_HEAD + message.end;
    return stream;
}
