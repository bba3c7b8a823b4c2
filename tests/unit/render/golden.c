#include "golden.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

void expect_golden(const char *name, const struct buf *out) {
    char path[512];
    struct buf golden = {0};
    snprintf(path, sizeof path, "%s/golden/%s", TEST_DATA, name);
    bool is_update = getenv("SHAP_UPDATE_GOLDEN") != NULL;
    FILE *file = fopen(path, is_update ? "w+b" : "rb");
    cr_assert_not_null(file, "%s is missing; SHAP_UPDATE_GOLDEN=1 makes it", path);
    if (is_update)
        cr_assert_eq(fwrite(buf_bytes(out), 1, buf_len(out), file), buf_len(out));
    rewind(file);
    uint8_t block[4096];
    size_t len;
    while ((len = fread(block, 1, sizeof block, file)) > 0)
        cr_assert(buf_append(&golden, block, len));
    fclose(file);
    size_t at = 0;
    while (at < buf_len(&golden) && at < buf_len(out) &&
           buf_bytes(&golden)[at] == buf_bytes(out)[at])
        at++;
    cr_assert(at == buf_len(&golden) && at == buf_len(out), "%s differs from byte %zu on: %.*s",
              path, at, (int)(buf_len(out) - at < 200 ? buf_len(out) - at : 200),
              (const char *)buf_bytes(out) + at);
    buf_finish(&golden);
}

const char *text_of(struct buf *buf) {
    cr_assert(buf_append(buf, "", 1));
    buf->end--;
    return (const char *)buf_bytes(buf);
}
