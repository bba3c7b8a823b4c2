#include "client/lib/shap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "server/base/secret.h"

static bool fill(uint8_t *bytes, size_t len, struct error *err) {
    while (len > 0) {
        ssize_t n = getrandom(bytes, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, errno, "no random bytes from the system");
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static void put_hex(char *to, const uint8_t *bytes, size_t len) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
    to[2 * len] = '\0';
}

bool shap_token_make(char token[SHAP_TOKEN_SIZE], struct error *err) {
    uint8_t bytes[32];
    if (!fill(bytes, sizeof bytes, err))
        return false;
    memcpy(token, "shap_", 5);
    put_hex(token + 5, bytes, sizeof bytes);
    secret_wipe(bytes, sizeof bytes);
    return true;
}

// RFC 9562, section 5.4.
bool shap_uuid_make(char uuid[SHAP_UUID_SIZE], struct error *err) {
    static const struct {
        size_t from, len, at;
    } groups[] = {{0, 4, 0}, {4, 2, 9}, {6, 2, 14}, {8, 2, 19}, {10, 6, 24}};
    uint8_t bytes[16];
    if (!fill(bytes, sizeof bytes, err))
        return false;
    bytes[6] = (uint8_t)(0x40 | (bytes[6] & 0x0F));
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F));
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (i > 0)
            uuid[groups[i].at - 1] = '-';
        put_hex(uuid + groups[i].at, bytes + groups[i].from, groups[i].len);
    }
    return true;
}
