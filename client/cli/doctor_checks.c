#include "client/cli/doctor.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "client/cli/outbox_all.h"
#include "client/render/field.h"
#include "grpc/health/v1/health.pb-c.h"
#include "server/base/secret.h"
#include "shap/v1/directory.pb-c.h"

enum { CLOCK_TOLERANCE_S = 120, SOON_DAYS = 21, DAY_S = 86400 };

__attribute__((format(printf, 2, 3))) static void found(struct finding *finding, const char *format,
                                                        ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(finding->text, sizeof finding->text, format, args);
    va_end(args);
}

__attribute__((format(printf, 2, 3))) static void cure(struct finding *finding, const char *format,
                                                       ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(finding->cure, sizeof finding->cure, format, args);
    va_end(args);
}

static void fail_with(struct finding *finding, enum exit_code code, bool is_last) {
    finding->verdict = DOCTOR_FAIL;
    finding->code = code;
    finding->is_last = is_last;
}

static void fail_with_outcome(struct finding *finding, const struct shap_outcome *outcome,
                              bool is_last) {
    fail_with(finding, outcome_exit_code(outcome), is_last);
    found(finding, "%s", outcome->message);
}

static bool check_settings(struct doctor *doctor, struct finding *finding) {
    struct buf token = {0};
    const struct settings *settings = &doctor->invocation->settings;
    if (settings->values[SETTING_SERVER] == NULL) {
        fail_with(finding, EXIT_USAGE, true);
        found(finding, "no server is named, for profile %s", settings->profile);
        cure(finding, "give --server ADDRESS, or sign in: shap login --server ADDRESS");
        return true;
    }
    found(finding, "server %s (from %s), profile %s", settings->values[SETTING_SERVER],
          settings->sources[SETTING_SERVER], settings->profile);
    bool is_read = invocation_read_token(doctor->invocation, &token);
    doctor->has_token = is_read && buf_len(&token) > 0;
    doctor->client = invocation_connect(
        doctor->invocation, doctor->has_token ? (const char *)buf_bytes(&token) : NULL, true);
    if (doctor->client == NULL) {
        fail_with(finding, EXIT_USAGE, true);
        cure(finding, "put the setting right; shap help settings");
    }
    if (token.data != NULL)
        secret_wipe(token.data, token.capacity);
    buf_finish(&token);
    return true;
}

// Nothing is wrong while something waits, but nothing comes of it by itself.
static bool check_outbox(struct doctor *doctor, struct finding *finding) {
    struct outbox_count count;
    if (!outbox_count(doctor->invocation, &count))
        return false;
    found(finding,
          "%zu returns wait to be sent, %zu of other profiles, %zu were refused; %zu files are "
          "damaged",
          count.n_waiting, count.n_of_others, count.n_refused, count.n_damaged);
    cure(finding, "shap outbox list shows them, shap outbox resume sends them");
    return true;
}

static const char *first_variable(const char *const *names) {
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        if (value != NULL && *value != '\0')
            return value;
    }
    return NULL;
}

static const char *find_proxy(void) {
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                        NULL};
    return first_variable(names);
}

static bool check_name(struct doctor *doctor, struct finding *finding) {
    const struct shap_connection *connection = shap_client_connection(doctor->client);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char address[128] = "";
    if (connection->is_unix)
        return false;
    int code = getaddrinfo(connection->host, connection->port, &hints, &list);
    if (code == 0) {
        if (getnameinfo(list->ai_addr, list->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            snprintf(address, sizeof address, "an address");
        found(finding, "%s is %s", connection->host, address);
        freeaddrinfo(list);
    } else if (find_proxy() != NULL) {
        found(finding, "%s is not known here (%s); the proxy may know it", connection->host,
              gai_strerror(code));
    } else {
        fail_with(finding, EXIT_UNREACHABLE, true);
        found(finding, "%s is not known: %s", connection->host, gai_strerror(code));
        cure(finding, "check the spelling of the server's name, and that this machine is on the "
                      "network; in an office a proxy may be needed (https_proxy)");
    }
    return true;
}

// The first call: it tells of proxy, connection, TLS and health at once; each has its own check.
static void reach(struct doctor *doctor) {
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    const struct shap_call call = {.service = &grpc__health__v1__health__descriptor,
                                   .method = "Check",
                                   .request = &request.base};
    ProtobufCMessage *answer = shap_invoke_unary(doctor->client, &call, &doctor->reached);
    if (answer == NULL)
        return;
    doctor->is_serving = ((Grpc__Health__V1__HealthCheckResponse *)(void *)answer)->status ==
                         GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    protobuf_c_message_free_unpacked(answer, NULL);
}

// The proxy's address without the name and password it may hold.
static const char *without_secret(const char *proxy) {
    const char *at = strrchr(proxy, '@');
    return at == NULL ? proxy : at + 1;
}

static bool check_proxy(struct doctor *doctor, struct finding *finding) {
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
    const struct shap_connection *connection = shap_client_connection(doctor->client);
    const char *proxy = find_proxy(), *none = first_variable(exceptions);
    reach(doctor);
    if (!connection->is_tls)
        return false;
    if (proxy == NULL)
        found(finding, "no proxy is set (https_proxy)");
    else
        found(finding, "https_proxy is %s%s%s", without_secret(proxy),
              none == NULL ? "" : ", but not for ", none == NULL ? "" : none);
    if (doctor->reached.status != GRPC_OK && doctor->reached.stage == SHAP_STAGE_PROXY) {
        fail_with_outcome(finding, &doctor->reached, true);
        cure(finding, "ask your IT for the proxy's address, or to let port %s of %s through",
             connection->port, connection->host);
    }
    return true;
}

static bool check_connection(struct doctor *doctor, struct finding *finding) {
    const struct shap_connection *connection = shap_client_connection(doctor->client);
    const struct shap_outcome *reached = &doctor->reached;
    if (reached->status != GRPC_OK && reached->stage <= SHAP_STAGE_CONNECT) {
        fail_with_outcome(finding, reached, true);
        cure(finding, connection->is_unix
                          ? "start shapd, or name the socket it prints when it starts"
                          : "ask whoever runs the server whether it is up, and your IT whether the "
                            "firewall lets this port through");
        return true;
    }
    if (connection->is_unix)
        found(finding, "connected to the socket %s", connection->host);
    else
        found(finding, "connected to %s port %s", connection->address, connection->port);
    return true;
}

static bool check_tls(struct doctor *doctor, struct finding *finding) {
    const struct shap_connection *connection = shap_client_connection(doctor->client);
    char day[FIELD_TIME_SIZE];
    if (!connection->is_tls)
        return false;
    if (doctor->reached.status != GRPC_OK && doctor->reached.stage == SHAP_STAGE_TLS) {
        fail_with_outcome(finding, &doctor->reached, true);
        cure(finding, strstr(doctor->reached.message, "refused this connection") != NULL
                          ? "shap login again with --client-cert FILE and --client-key FILE; who "
                            "has none, or whose was revoked, gets one from the council"
                          : "if the council has its own authority, ask for its certificate and "
                            "give it with --ca FILE; else the server's certificate is to be "
                            "renewed or is for another name");
        return true;
    }
    long days = (long)((connection->certificate_expires - time(NULL)) / DAY_S);
    found(finding, "TLS 1.3; certificate of %s, valid until %.10s (%ld days)",
          connection->certificate, field_time(connection->certificate_expires, 0, FIELD_EXACT, day),
          days);
    if (days < SOON_DAYS)
        cure(finding, "tell whoever runs the server to renew its certificate");
    return true;
}

static bool check_health(struct doctor *doctor, struct finding *finding) {
    const struct shap_outcome *reached = &doctor->reached;
    if (reached->status != GRPC_OK) {
        fail_with_outcome(finding, reached, !reached->from_server);
        cure(finding, "check that the address is shapd's; otherwise wait a minute and try again");
    } else if (!doctor->is_serving) {
        fail_with(finding, EXIT_UNREACHABLE, false);
        found(finding, "the server is up but not serving: it has no database");
        cure(finding,
             "wait a minute; if it stays, tell whoever runs the server to look at its log");
    } else {
        found(finding, "the server is serving");
    }
    return true;
}

// Asked without the token: what is wrong with that one is its own check's to tell.
static Shap__V1__ServerInfo *get_server_info(struct doctor *doctor, struct finding *finding) {
    struct shap_outcome outcome = {.status = GRPC_RESOURCE_EXHAUSTED};
    struct shap_client *client = invocation_connect(doctor->invocation, NULL, false);
    Shap__V1__GetServerInfoRequest request = SHAP__V1__GET_SERVER_INFO_REQUEST__INIT;
    const struct shap_call call = {.service = &shap__v1__directory__descriptor,
                                   .method = "GetServerInfo",
                                   .request = &request.base};
    ProtobufCMessage *answer = client == NULL ? NULL : shap_invoke_unary(client, &call, &outcome);
    shap_client_destroy(client);
    if (answer == NULL) {
        fail_with_outcome(finding, &outcome, false);
        cure(finding, "try again in a minute; if it stays, tell whoever runs the server");
    }
    return (Shap__V1__ServerInfo *)(void *)answer;
}

static bool check_clock(struct doctor *doctor, struct finding *finding) {
    Shap__V1__ServerInfo *info = get_server_info(doctor, finding);
    if (info == NULL)
        return true;
    int64_t away = info->now == NULL ? 0 : info->now->seconds - (int64_t)time(NULL);
    int64_t distance = away < 0 ? -away : away;
    if (info->clock_shifted) {
        found(finding, "the server's clock is shifted: it is a rehearsal");
    } else if (distance > CLOCK_TOLERANCE_S) {
        fail_with(finding, EXIT_FAILED, false);
        found(finding, "this machine's clock is %" PRId64 " s %s the server's", distance,
              away > 0 ? "behind" : "ahead of");
        cure(finding, "set this machine's clock (timedatectl set-ntp true)");
    } else {
        found(finding, "this machine's clock and the server's agree within %d s",
              CLOCK_TOLERANCE_S);
    }
    protobuf_c_message_free_unpacked(&info->base, NULL);
    return true;
}

static bool check_versions(struct doctor *doctor, struct finding *finding) {
    Shap__V1__ServerInfo *info = get_server_info(doctor, finding);
    if (info == NULL)
        return true;
    found(finding, "shap " SHAP_VERSION ", the server's schema %" PRId32, info->schema_version);
    protobuf_c_message_free_unpacked(&info->base, NULL);
    return true;
}

static void describe_token(const Shap__V1__Identity *identity, struct finding *finding) {
    char day[FIELD_TIME_SIZE] = "";
    struct buf role = {0};
    if (!field_text(&role, &identity->base, "role", FIELD_FRIENDLY) || !buf_append(&role, "", 1))
        buf_clear(&role);
    if (identity->token_expires_at != NULL)
        field_time(identity->token_expires_at->seconds, 0, FIELD_EXACT, day);
    found(finding, "signed in as %s, %s, %s%s%.10s", identity->name == NULL ? "" : identity->name,
          buf_len(&role) == 0 ? "" : (const char *)buf_bytes(&role),
          identity->organisation_name == NULL ? "" : identity->organisation_name,
          day[0] == '\0' ? "" : "; token valid until ", day);
    buf_finish(&role);
}

static bool check_token(struct doctor *doctor, struct finding *finding) {
    struct shap_outcome outcome;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    const struct shap_call call = {
        .service = &shap__v1__directory__descriptor, .method = "WhoAmI", .request = &request.base};
    if (!doctor->has_token) {
        fail_with(finding, EXIT_SIGN_IN, true);
        found(finding, "nobody is signed in as profile %s", doctor->invocation->settings.profile);
        cure(finding,
             "shap login, with the invitation your coordinator or administrator gives you");
        return true;
    }
    ProtobufCMessage *answer = shap_invoke_unary(doctor->client, &call, &outcome);
    if (answer == NULL) {
        fail_with_outcome(finding, &outcome, true);
        cure(finding, "ask your administrator for a new invitation, then: shap login");
        return true;
    }
    describe_token((const Shap__V1__Identity *)(const void *)answer, finding);
    protobuf_c_message_free_unpacked(answer, NULL);
    return true;
}

const struct doctor_check doctor_checks[] = {
    {"settings", check_settings}, {"outbox", check_outbox},         {"name", check_name},
    {"proxy", check_proxy},       {"connection", check_connection}, {"tls", check_tls},
    {"health", check_health},     {"clock", check_clock},           {"versions", check_versions},
    {"token", check_token},
};

const size_t n_doctor_checks = sizeof doctor_checks / sizeof *doctor_checks;
