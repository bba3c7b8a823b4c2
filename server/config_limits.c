#include "server/config_limits.h"

enum { AT_ONCE = 10 }; // seconds' worth that may come at once

static uint64_t to_ms(long seconds) {
    return (uint64_t)seconds * 1000;
}

struct net_limits config_limits(const struct config *config) {
    struct net_limits limits = net_limits_default;
    limits.max_message = (size_t)config->max_message;
    if (limits.max_partial < limits.max_message)
        limits.max_partial = limits.max_message;
    if (limits.max_partial_all < limits.max_partial)
        limits.max_partial_all = limits.max_partial;
    limits.max_held = (size_t)config->max_held;
    if (limits.max_held < 2 * limits.max_message)
        limits.max_held = 2 * limits.max_message;
    limits.compress_from = (size_t)config->compress_from;
    limits.max_header_list = (size_t)config->max_header_bytes;
    limits.max_connections = (size_t)config->max_connections;
    limits.max_per_address = (size_t)config->max_per_address;
    limits.connect_rate = (uint64_t)config->connect_rate;
    limits.connect_burst = AT_ONCE * limits.connect_rate;
    limits.max_streams = (uint32_t)config->max_streams;
    limits.max_idle_frames = (uint32_t)config->max_idle_frames;
    limits.reset_rate = (uint64_t)config->reset_rate;
    limits.reset_burst = AT_ONCE * limits.reset_rate;
    limits.ping_ms = to_ms(config->ping_seconds);
    limits.idle_ping_ms = to_ms(config->idle_ping_seconds);
    limits.handshake_ms = to_ms(config->handshake_seconds);
    limits.request_ms = to_ms(config->request_seconds);
    limits.write_ms = to_ms(config->write_seconds);
    limits.idle_ms = to_ms(config->idle_seconds);
    limits.age_ms = to_ms(config->age_seconds);
    limits.grace_ms = to_ms(config->grace_seconds);
    limits.drain_ms = to_ms(config->drain_seconds);
    return limits;
}
