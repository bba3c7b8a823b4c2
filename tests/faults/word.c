#include "tests/faults/word.h"

#include "shap/v1/returns.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_MIN = 20 };

bool references_read(struct references *references, const char *path) {
    FILE *file = fopen(path, "r");
    references->n = 0;
    if (!file)
        return false;
    while (references->n < REFERENCES_MAX &&
           fscanf(file, "%31s", references->names[references->n]) == 1)
        references->n++;
    fclose(file);
    return references->n > 0;
}

// Sebastiano Vigna's splitmix64: a step, then a mix of all bits.
static uint64_t chance(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void word_make(struct word *word, const struct references *references, uint32_t run,
               uint32_t client, uint32_t n) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz      .";
    uint64_t state = (uint64_t)run << 32 ^ (uint64_t)client << 24 ^ n;
    unsigned day = (unsigned)(chance(&state) % 120);
    memset(word, 0, sizeof *word);
    snprintf(word->id, sizeof word->id, "%08" PRIx32 "-%04x-4000-8000-%012" PRIx32, run,
             client & 0xffff, n);
    memcpy(word->reference, references->names[chance(&state) % references->n], REFERENCE_SIZE);
    word->status = 1 + (int)(chance(&state) % 3);
    snprintf(word->as_of, sizeof word->as_of, "2010-%02u-%02u", 8 + day / 30, 1 + day % 30);
    int head = snprintf(word->note, sizeof word->note, "%s says: ", word->id);
    size_t len = NOTE_MIN + chance(&state) % (NOTE_MAX - NOTE_MIN - (size_t)head);
    for (size_t i = 0; i < len; i++)
        word->note[(size_t)head + i] = letters[chance(&state) % (sizeof letters - 1)];
    // What ends with a blank could be cut without a trace.
    word->note[(size_t)head + len - 1] = '!';
}

void word_encode(const struct word *word, struct buf *message) {
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    request.return_id = (char *)word->id;
    request.reference = (char *)word->reference;
    request.has_status = true;
    request.status = (Shap__V1__ReturnStatus)word->status;
    request.note = (char *)word->note;
    request.as_of = (char *)word->as_of;
    size_t len = shap__v1__submit_return_request__get_packed_size(&request);
    uint8_t *room = buf_reserve(message, len);
    if (!room)
        abort();
    buf_commit(message, shap__v1__submit_return_request__pack(&request, room));
}

bool receipt_read(const uint8_t *bytes, size_t len, int64_t *record, bool *is_replayed) {
    Shap__V1__Receipt *receipt = shap__v1__receipt__unpack(NULL, len, bytes);
    if (!receipt)
        return false;
    bool is_whole = receipt->has_record_id;
    *record = receipt->record_id;
    *is_replayed = receipt->has_replayed && receipt->replayed;
    shap__v1__receipt__free_unpacked(receipt, NULL);
    return is_whole;
}
