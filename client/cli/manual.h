// The manual page shap(1), made from the command table: `shap help man`.
#pragma once

#include <stdbool.h>
#include "server/base/buf.h"

// Appends the page, in man(7)'s macros.
bool manual_add(struct buf *out) __attribute__((warn_unused_result));
