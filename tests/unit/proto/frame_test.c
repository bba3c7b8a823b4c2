#include "proto/frame.h"

#include <criterion/criterion.h>

Test(frame, a_head_is_a_flag_and_a_big_endian_length) {
    uint8_t bytes[FRAME_HEAD_SIZE];
    frame_put_head(bytes, (struct frame_head){.compressed = true, .len = 0x01020304});
    const uint8_t expected[] = {1, 1, 2, 3, 4};
    cr_assert_arr_eq(bytes, expected, FRAME_HEAD_SIZE);
}

Test(frame, what_was_put_is_got_for_every_bit_of_the_length) {
    for (unsigned bit = 0; bit < 32; bit++) {
        uint8_t bytes[FRAME_HEAD_SIZE];
        struct frame_head head;
        frame_put_head(bytes, (struct frame_head){.len = UINT32_C(1) << bit});
        cr_assert(frame_get_head(bytes, &head));
        cr_assert_eq(head.len, UINT32_C(1) << bit);
        cr_assert_not(head.compressed);
    }
}

Test(frame, any_other_flag_is_refused) {
    for (unsigned flag = 2; flag < 256; flag++) {
        const uint8_t bytes[FRAME_HEAD_SIZE] = {(uint8_t)flag};
        struct frame_head head;
        cr_assert_not(frame_get_head(bytes, &head));
    }
}
