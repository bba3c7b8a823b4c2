// A body's digest as a letter: what it owes, by when, what was said last, and how to answer.
#pragma once

#include <stdbool.h>
#include "server/base/buf.h"
#include "shap/v1/windows.pb-c.h"

// Appends the letter, see mail.h; false without memory. Everything that a plan or a return says
// stands indented in it, so that no line of it is taken for the end of the letter.
bool digest_add(struct buf *out, const Shap__V1__Digest *digest)
    __attribute__((warn_unused_result));
