// Tokens on disk: one file a profile, mode 0600 in a directory of mode 0700, with nothing in it but
// the token. Beside it, where that is known, NAME.membership: the token's
// SHA-256 and the number of its membership.
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

// Whether a file of that name is no profile's token, but is kept beside one.
bool token_file_is_beside(const char *name);

// Stores a token for good, and the number of its membership (0: not known); what is pending is
// removed.
bool token_file_write(const char *path, const char *token, int64_t membership_id, struct error *err)
    __attribute__((warn_unused_result));

// The token that is pending for this invitation, or a new one, which is stored as pending first.
bool token_file_prepare(const char *path, const char *invitation, char token[SHAP_TOKEN_SIZE],
                        struct error *err) __attribute__((warn_unused_result));

// Removes the profile's token. False with err set when it is there and cannot be removed.
bool token_file_remove(const char *path, struct error *err) __attribute__((warn_unused_result));
