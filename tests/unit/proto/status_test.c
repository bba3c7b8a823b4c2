#include "proto/status.h"

#include <criterion/criterion.h>
#include <string.h>

Test(status, every_number_has_its_name_and_others_are_unknown) {
    cr_assert_str_eq(status_name(GRPC_OK), "OK");
    cr_assert_str_eq(status_name(GRPC_NOT_FOUND), "NOT_FOUND");
    cr_assert_str_eq(status_name(GRPC_UNAUTHENTICATED), "UNAUTHENTICATED");
    cr_assert_str_eq(status_name(17), "UNKNOWN");
    cr_assert_str_eq(status_name(-1), "UNKNOWN");
}

Test(status, a_message_is_percent_encoded) {
    char out[100];
    cr_assert_eq(status_encode_message("\t100 %\r\n\xe2\x82\xac~\x7f", out, sizeof out), 29);
    cr_assert_str_eq(out, "%09100 %25%0D%0A%E2%82%AC~%7F");
}

Test(status, a_message_that_does_not_fit_is_cut_between_characters) {
    char out[100];
    for (size_t size = 1; size < 20; size++) {
        size_t len = status_encode_message("a\xe2\x82\xac"
                                           "b%",
                                           out, size);
        cr_assert_eq(len, strlen(out));
        cr_assert_lt(len, size);
        size_t expected = size < 2 ? 0 : size < 11 ? 1 : size < 12 ? 10 : size < 15 ? 11 : 14;
        cr_assert_eq(len, expected, "size %zu: %zu", size, len);
    }
}

Test(status, what_was_encoded_is_decoded_for_every_byte) {
    for (int byte = 1; byte < 256; byte++) {
        const char text[] = {'a', (char)byte, 'z', '\0'};
        char encoded[16];
        status_encode_message(text, encoded, sizeof encoded);
        for (const char *c = encoded; *c; c++)
            cr_assert(*c >= ' ' && *c <= '~');
        cr_assert_eq(status_decode_message(encoded, encoded, sizeof encoded), 3);
        cr_assert_str_eq(encoded, text);
    }
}

Test(status, broken_escapes_are_kept_as_they_are) {
    char out[32];
    status_decode_message("%", out, sizeof out);
    cr_assert_str_eq(out, "%");
    status_decode_message("%4", out, sizeof out);
    cr_assert_str_eq(out, "%4");
    status_decode_message("%4x%zz%41", out, sizeof out);
    cr_assert_str_eq(out, "%4x%zzA");
    status_decode_message("%e2%82%AC", out, sizeof out);
    cr_assert_str_eq(out, "\xe2\x82\xac");
    cr_assert_eq(status_decode_message("abcdef", out, 4), 3);
    cr_assert_str_eq(out, "abc");
}
