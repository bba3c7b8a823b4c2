// A report's message printed in the format asked for.
#pragma once

#include "client/cli/command.h"

// To stdout, or to the file of the command's option --output. paper: how it reads; NULL: it is an
// ExceptionReport, which has a layout of its own. Returns the exit code.
int report_print(struct invocation *invocation, const struct paper *paper,
                 const ProtobufCMessage *report);
