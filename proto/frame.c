#include "proto/frame.h"

void frame_put_head(uint8_t out[FRAME_HEAD_SIZE], struct frame_head head) {
    out[0] = head.compressed ? 1 : 0;
    out[1] = (uint8_t)(head.len >> 24);
    out[2] = (uint8_t)(head.len >> 16);
    out[3] = (uint8_t)(head.len >> 8);
    out[4] = (uint8_t)head.len;
}

bool frame_get_head(const uint8_t in[FRAME_HEAD_SIZE], struct frame_head *head) {
    if (in[0] > 1)
        return false;
    head->compressed = in[0] == 1;
    head->len = (uint32_t)in[1] << 24 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 8 | in[4];
    return true;
}
