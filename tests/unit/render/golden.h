// What the renderers' tests compare with: tests/data/golden.
#pragma once

#include "server/base/buf.h"

// Compares with tests/data/golden/NAME; with SHAP_UPDATE_GOLDEN set, writes it.
void expect_golden(const char *name, const struct buf *out);

// The bytes as a text, valid until the next change.
const char *text_of(struct buf *buf);
