// What `shap` alone prints for somebody who is signed in: what waits for them, and what to type.
#pragma once

#include <stdbool.h>
#include "client/cli/invocation.h"

// Prints it. False: nothing was printed on stdout, since nobody is signed in, the server has
// nothing of that kind for this role, or it did not answer within a few seconds (told on stderr).
bool home_print(struct invocation *invocation);
