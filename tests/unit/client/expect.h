// Comparing what was rendered with what was expected, for the tests of this directory.
#pragma once

#include <criterion/criterion.h>
#include <string.h>
#include "server/base/buf.h"

// Compares the bytes, and empties the buf.
static inline void expect_text(struct buf *buf, const char *expected) {
    cr_assert(buf_append(buf, "", 1));
    cr_assert_str_eq((const char *)buf_bytes(buf), expected);
    buf_finish(buf);
}
