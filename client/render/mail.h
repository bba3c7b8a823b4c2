// Letters as `sendmail -t` takes them: header, an empty line, text, in lines ended by line feeds.
//
// Nothing that stands in a header can begin another one: addresses are plain or left out, and a
// subject is one line, encoded (RFC 2047) where it is not ASCII. No line of a letter is longer than
// the 998 bytes of RFC 5322 as long as the text's lines are not.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/buf.h"

struct mail {
    char *const *addresses; // may have none: the letter has no To then, and sendmail refuses it
    size_t n_addresses;
    const char *subject;
    const char *text; // ends with a line feed
};

// Whether an address can stand in a header as it is: printable ASCII, one @ with something on both
// sides, no space and none of the characters that mean something there.
bool mail_is_address(const char *address);

// Appends the letter; false without memory. Addresses that are none are left out.
bool mail_add(struct buf *out, const struct mail *mail) __attribute__((warn_unused_result));
