// A row in PostgreSQL's binary form to a message's bytes: refused, or protobuf-c can read them and
// the same row is made of them again.
//
// Input: two bytes for the message, a byte for the number of changes, changes of the columns of the
// full message: a byte for the column and the change. A column may be made NULL.
#include "server/base/buf.h"
#include "server/codec/binary.h"
#include "tests/fuzz/contract.h"

#include <string.h>

enum { CHANGES_MAX = 8, ARENA_LIMIT = 1 << 20, NULL_COLUMN = 0x80 };

// What is written before and must stay as it is.
#define HEAD "head"
enum { HEAD_LEN = sizeof HEAD - 1 };

// What the message says as a row is the row, but for what has several forms there (an array's
// bounds): the bytes made of that row are the same.
static void check_again(const struct contract_message *message, struct fuzz_input answer) {
    struct value values[PLAN_FIELDS_MAX];
    struct error err = {0};
    struct buf out = {0};
    struct arena arena;
    arena_init(&arena, ARENA_LIMIT);
    // A text that is none is never in a database.
    if (plan_encode(message->request, answer.bytes, answer.len, &arena, values, &err)) {
        FUZZ_CHECK(
            plan_decode(message->answer, values, plan_n_values(message->answer), &out, &err));
        FUZZ_CHECK(buf_len(&out) == answer.len);
        FUZZ_CHECK(answer.len == 0 || memcmp(buf_bytes(&out), answer.bytes, answer.len) == 0);
    }
    arena_finish(&arena);
    buf_finish(&out);
}

static void run(const struct contract_message *message, const struct value *columns) {
    struct error err = {0};
    struct buf out = {0};
    FUZZ_CHECK(buf_append_text(&out, HEAD));
    bool is_made =
        plan_decode(message->answer, columns, plan_n_values(message->answer), &out, &err);
    FUZZ_CHECK(is_made != err.is_set);
    FUZZ_CHECK(is_made || buf_len(&out) == HEAD_LEN);
    FUZZ_CHECK(memcmp(buf_bytes(&out), HEAD, HEAD_LEN) == 0);
    if (is_made) {
        struct fuzz_input answer = {buf_bytes(&out) + HEAD_LEN, buf_len(&out) - HEAD_LEN};
        ProtobufCMessage *unpacked =
            protobuf_c_message_unpack(message->descriptor, NULL, answer.len, answer.bytes);
        FUZZ_CHECK(unpacked != NULL);
        protobuf_c_message_free_unpacked(unpacked, NULL);
        check_again(message, answer);
    }
    buf_finish(&out);
}

// One change of one column; what it holds then is heap memory of exactly that length.
static void change_column(struct value *column, uint8_t **held, struct fuzz_input *input) {
    struct fuzz_input whole = {(const uint8_t *)"", 0};
    if (column->len > 0)
        whole = (struct fuzz_input){column->bytes, (size_t)column->len};
    size_t len;
    uint8_t *changed = contract_change(input, whole, &len);
    free(*held);
    *held = changed;
    *column = (struct value){.bytes = changed, .len = (int32_t)len};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct fuzz_input input = {bytes, len};
    struct value columns[PLAN_FIELDS_MAX];
    uint8_t *held[PLAN_FIELDS_MAX] = {NULL};
    struct error err = {0};
    struct arena arena;
    unsigned number = (unsigned)fuzz_byte(&input) << 8;
    const struct contract_message *message = contract_message(number | fuzz_byte(&input));
    size_t n_columns = plan_n_values(message->answer);
    arena_init(&arena, ARENA_LIMIT);
    FUZZ_CHECK(plan_encode(message->request, message->full.bytes, message->full.len, &arena,
                           columns, &err));
    for (uint8_t n = fuzz_byte(&input) % (CHANGES_MAX + 1); n > 0 && n_columns > 0; n--) {
        uint8_t which = fuzz_byte(&input);
        size_t i = which % (size_t)NULL_COLUMN % n_columns;
        if (which & NULL_COLUMN)
            columns[i] = (struct value){.len = -1};
        else
            change_column(&columns[i], &held[i], &input);
    }
    run(message, columns);
    for (size_t i = 0; i < n_columns; i++)
        free(held[i]);
    arena_finish(&arena);
    return 0;
}
