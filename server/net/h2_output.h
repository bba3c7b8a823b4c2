// The sending half of h2, with h2_drain (see h2.h): answers become frames.
#pragma once

#include <nghttp2/nghttp2.h>

// Adds the callbacks by which nghttp2 asks for answers.
void h2_output_set_callbacks(nghttp2_session_callbacks *callbacks);
