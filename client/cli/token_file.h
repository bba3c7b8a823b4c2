// Tokens on disk: one file a profile, mode 0600 in a directory of mode 0700. A second word is
// the number of its membership, where that is known.
//
// While `shap login` exchanges an invitation, the token it made lies in PATH.pending together with
// the hash of the invitation it was made for: when the answer is lost, the same exchange can be
// repeated, also after another invitation was tried in between.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/lib/shap.h"
#include "server/base/buf.h"
#include "server/base/error.h"

// Appends the first word of the file and a NUL: the bytes are a string. *is_missing: there is no
// such file (false is returned, err not set). *is_open: others than the owner may read it.
bool token_file_read(const char *path, struct buf *token, bool *is_missing, bool *is_open,
                     struct error *err) __attribute__((warn_unused_result));

// The number of the membership it is of, by the file; 0: that is not known.
int64_t token_file_membership(const char *path);

// Stores a token for good, and the number of its membership (0: not known); what is pending is
// removed.
bool token_file_write(const char *path, const char *token, int64_t membership_id, struct error *err)
    __attribute__((warn_unused_result));

// The token that is pending for this invitation, or a new one, which is stored as pending first.
bool token_file_prepare(const char *path, const char *invitation, char token[SHAP_TOKEN_SIZE],
                        struct error *err) __attribute__((warn_unused_result));

// Removes the profile's token. False with err set when it is there and cannot be removed.
bool token_file_remove(const char *path, struct error *err) __attribute__((warn_unused_result));
