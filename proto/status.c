#include "proto/status.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
    [GRPC_OK] = "OK",
    [GRPC_CANCELLED] = "CANCELLED",
    [GRPC_UNKNOWN] = "UNKNOWN",
    [GRPC_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [GRPC_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [GRPC_NOT_FOUND] = "NOT_FOUND",
    [GRPC_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [GRPC_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [GRPC_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [GRPC_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [GRPC_ABORTED] = "ABORTED",
    [GRPC_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [GRPC_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [GRPC_INTERNAL] = "INTERNAL",
    [GRPC_UNAVAILABLE] = "UNAVAILABLE",
    [GRPC_DATA_LOSS] = "DATA_LOSS",
    [GRPC_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

enum { N_NAMES = sizeof names / sizeof *names, ESCAPE_LEN = 3 };

const char *status_name(int status) {
    return status >= 0 && status < N_NAMES ? names[status] : names[GRPC_UNKNOWN];
}

static bool is_plain(unsigned char byte) {
    return byte >= ' ' && byte <= '~' && byte != '%';
}

static bool is_tail(unsigned char byte) {
    return (byte & 0xc0) == 0x80;
}

// Bytes of the character that begins at text: its first byte and the tails that follow.
static size_t char_len(const char *text) {
    size_t len = 1;
    while (is_tail((unsigned char)text[len]))
        len++;
    return len;
}

static size_t encoded_len(const char *text, size_t len) {
    size_t total = 0;
    for (size_t i = 0; i < len; i++)
        total += is_plain((unsigned char)text[i]) ? 1 : ESCAPE_LEN;
    return total;
}

static size_t encode_byte(unsigned char byte, char *out) {
    static const char digits[] = "0123456789ABCDEF";
    if (is_plain(byte)) {
        out[0] = (char)byte;
        return 1;
    }
    out[0] = '%';
    out[1] = digits[byte >> 4];
    out[2] = digits[byte & 15];
    return ESCAPE_LEN;
}

size_t status_encode_message(const char *message, char *out, size_t size) {
    assert(size >= 1);
    size_t len = 0;
    for (size_t n; *message; message += n) {
        n = char_len(message);
        if (encoded_len(message, n) > size - 1 - len)
            break;
        for (size_t i = 0; i < n; i++)
            len += encode_byte((unsigned char)message[i], out + len);
    }
    out[len] = '\0';
    return len;
}

static int hex_value(char digit) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)((at - digits) & 15) : -1;
}

// The byte that the escape at text stands for; -1 when it is broken.
static int escaped_byte(const char *text) {
    int high = text[0] == '%' ? hex_value(text[1]) : -1;
    int low = high >= 0 ? hex_value(text[2]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

size_t status_decode_message(const char *message, char *out, size_t size) {
    assert(size >= 1);
    size_t len = 0;
    while (*message && len < size - 1) {
        int byte = escaped_byte(message);
        out[len++] = byte >= 0 ? (char)byte : *message;
        message += byte >= 0 ? ESCAPE_LEN : 1;
    }
    out[len] = '\0';
    return len;
}
