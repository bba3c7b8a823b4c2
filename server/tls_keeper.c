#include "server/tls_keeper.h"

#include "server/base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 86400, WARNING_DAYS = 30, HOURS_A_DAY = 24 };

static void warn_of(const char *what, int64_t end, const char *cure) {
    char event[32];
    char day[16];
    time_t expires = (time_t)end;
    int64_t left_s = end - (int64_t)time(NULL);
    struct tm parts;
    if (left_s >= (int64_t)WARNING_DAYS * DAY_S || gmtime_r(&expires, &parts) == NULL)
        return;
    strftime(day, sizeof day, "%Y-%m-%d", &parts);
    snprintf(event, sizeof event, "%s-%s", what, left_s < 0 ? "expired" : "expires");
    log_event(LOG_WARNING, event, "day", day, "cure", cure, NULL);
}

static void warn(const struct tls_keeper *keeper) {
    warn_of("certificate", tls_context_expires(keeper->tls),
            "make a new one (shapd cert renew, or as you got this one), then send shapd a HUP");
    warn_of("client-crl", tls_context_crl_expires(keeper->tls),
            "whom it names stays refused, but newer names may be missing: sign it anew (shapd cert "
            "crl) or get a newer one, then send shapd a HUP");
}

void tls_keeper_hour(struct tls_keeper *keeper) {
    if (keeper->tls == NULL)
        return;
    tls_context_rotate(keeper->tls);
    if (++keeper->n_hours % HOURS_A_DAY == 0)
        warn(keeper);
}

void tls_keeper_init(struct tls_keeper *keeper, struct tls_context *tls) {
    *keeper = (struct tls_keeper){.tls = tls};
}

void tls_keeper_check(const struct tls_keeper *keeper, const struct config *config) {
    const char *const files[] = {config->tls_cert, config->tls_key, config->client_ca,
                                 config->client_crl};
    if (keeper->tls == NULL)
        return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] != NULL && access(files[i], R_OK) != 0)
            log_event(LOG_WARNING, "certificate-reload-impossible", "file", files[i], "cure",
                      "let the user that shapd runs as read it (chown)", NULL);
    warn(keeper);
}

static bool read_again(struct tls_keeper *keeper) {
    struct error err = {0};
    if (keeper->tls == NULL) {
        log_event(LOG_INFO, "reloaded", "certificates", "none", NULL);
        return true;
    }
    if (!tls_context_reload(keeper->tls, &err)) {
        log_event(LOG_ERROR, "reload-failed", "reason", err.message, "meaning",
                  "what was read before stays in use", NULL);
        return false;
    }
    log_event(LOG_INFO, "reloaded", "certificates", "new connections use what was read", NULL);
    return true;
}

bool tls_keeper_reload(struct tls_keeper *keeper) {
    bool is_read = read_again(keeper);
    if (is_read && keeper->tls != NULL)
        warn(keeper);
    return is_read;
}

bool tls_keeper_follow(struct tls_keeper *keeper, const struct tls_tickets *tickets,
                       bool is_reload) {
    bool is_read = is_reload && read_again(keeper);
    if (is_reload)
        keeper->is_behind = !is_read;
    if (keeper->tls == NULL)
        return is_read;
    if (keeper->is_behind)
        tls_context_rotate(keeper->tls);
    else
        tls_context_take_tickets(keeper->tls, tickets);
    return is_read;
}
