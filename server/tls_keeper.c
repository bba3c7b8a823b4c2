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

static void on_hour(uv_timer_t *timer) {
    struct tls_keeper *keeper = timer->data;
    tls_context_rotate(keeper->tls);
    if (++keeper->n_hours % HOURS_A_DAY == 0)
        warn(keeper);
}

void tls_keeper_start(struct tls_keeper *keeper, uv_loop_t *loop, struct tls_context *tls,
                      const char *const files[TLS_KEEPER_FILES]) {
    const uint64_t hour_ms = UINT64_C(1000) * TLS_TICKET_S;
    keeper->tls = tls;
    keeper->hourly.data = keeper;
    uv_timer_init(loop, &keeper->hourly);
    if (tls == NULL)
        return;
    uv_timer_start(&keeper->hourly, on_hour, hour_ms, hour_ms);
    for (size_t i = 0; i < TLS_KEEPER_FILES; i++)
        if (files[i] != NULL && access(files[i], R_OK) != 0)
            log_event(LOG_WARNING, "certificate-reload-impossible", "file", files[i], "cure",
                      "let the user that shapd runs as read it (chown)", NULL);
    warn(keeper);
}

bool tls_keeper_reload(struct tls_keeper *keeper) {
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
    warn(keeper);
    return true;
}

void tls_keeper_stop(struct tls_keeper *keeper) {
    if (!uv_is_closing((uv_handle_t *)&keeper->hourly))
        uv_close((uv_handle_t *)&keeper->hourly, NULL);
}
