#include "tests/attacks/steps.h"

#include <stdlib.h>

void append(struct buf *buf, const void *bytes, size_t len) {
    if (!buf_append(buf, bytes, len))
        abort();
}

uint32_t open_call(struct attacker *attacker, struct line *line) {
    return request_open(&attacker->request, line, FLAG_END_HEADERS, NULL);
}

uint32_t whole_call(struct attacker *attacker, struct line *line) {
    uint32_t stream = open_call(attacker, line);
    request_put_message(line, stream, FLAG_END_STREAM, false, &attacker->payload,
                        buf_len(&attacker->payload));
    return stream;
}

size_t n_in_flight(const struct line *line) {
    size_t n_over = line->n_reset;
    for (size_t i = 0; i < STATUSES; i++)
        n_over += line->n_statuses[i];
    return line->next_id / 2 > n_over ? line->next_id / 2 - n_over : 0;
}
