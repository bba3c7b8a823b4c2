// `shapd cert`: the certificates of a private authority, as files in a directory. It makes the
// authority and a server's certificate, renews that one, makes certificates for the clients of
// partner organisations, and keeps the list of those that were revoked. Nothing that is there is
// overwritten but what is renewed.
#pragma once

#include "server/config.h"

// Runs the command in arguments, the first of which is "cert". What was made and what to do next go
// to stdout. On anything but EXIT_CODE_OK err says why.
enum exit_code cert_run(int n_arguments, char *const *arguments, struct error *err);
