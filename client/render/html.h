// HTML that is well-formed XML: text stands for itself, nothing in it becomes markup.
#pragma once

#include <stdbool.h>
#include "server/base/buf.h"

// Appends text escaped for content and for attribute values in double quotes; what XML forbids and
// what a page must not hold is replaced, line feeds become <br/> when breaks is set.
bool html_add_text(struct buf *out, const char *text, bool breaks)
    __attribute__((warn_unused_result));

// before, text escaped with its line breaks, after.
bool html_add_element(struct buf *out, const char *before, const char *text, const char *after)
    __attribute__((warn_unused_result));

// The page up to where its content begins, and from where it ends.
bool html_add_page_start(struct buf *out, const char *title) __attribute__((warn_unused_result));
bool html_add_page_end(struct buf *out) __attribute__((warn_unused_result));
