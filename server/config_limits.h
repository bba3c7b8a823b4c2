// The limits of the net layers as the administrator wants them.
#pragma once

#include "server/config.h"
#include "server/net/limits.h"

// net_limits_default, changed by the options.
struct net_limits config_limits(const struct config *config);
