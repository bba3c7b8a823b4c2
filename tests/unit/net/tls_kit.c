#include "tests/unit/net/tls_kit.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct tls_kit kit;

struct tls_options tls_kit_options(void) {
    return (struct tls_options){.certificate_file = kit.files.certificate_file,
                                .key_file = kit.files.key_file};
}

static void create_context(const struct tls_options *options) {
    error_clear(&kit.err);
    kit.context = tls_context_create(options, &kit.err);
    cr_assert_not_null(kit.context, "%s", kit.err.message);
    kit.session = tls_session_create(kit.context, &kit.err);
    cr_assert_not_null(kit.session);
}

void tls_kit_open(void) {
    certificate_create(&kit.files);
    const struct tls_options options = tls_kit_options();
    create_context(&options);
}

static void end_peer(void) {
    if (kit.peer.ssl)
        tls_peer_finish(&kit.peer);
    buf_clear(&kit.to_server);
    buf_clear(&kit.to_client);
    buf_clear(&kit.received);
}

void tls_kit_open_context(const struct tls_options *options) {
    tls_session_destroy(kit.session);
    tls_context_destroy(kit.context);
    end_peer();
    create_context(options);
}

void tls_kit_open_session(void) {
    tls_session_destroy(kit.session);
    end_peer();
    kit.session = tls_session_create(kit.context, &kit.err);
    cr_assert_not_null(kit.session);
}

void tls_kit_close(void) {
    tls_session_destroy(kit.session);
    tls_context_destroy(kit.context);
    if (kit.peer.ssl)
        tls_peer_finish(&kit.peer);
    buf_finish(&kit.to_server);
    buf_finish(&kit.to_client);
    buf_finish(&kit.received);
    certificate_remove(&kit.files);
}

bool tls_kit_exchange(size_t step) {
    tls_peer_drain(&kit.peer, &kit.to_server);
    while (buf_len(&kit.to_server) > 0) {
        size_t n = buf_len(&kit.to_server) < step ? buf_len(&kit.to_server) : step;
        if (!tls_session_feed(kit.session, buf_bytes(&kit.to_server), n, &kit.received, &kit.err))
            return false;
        buf_consume(&kit.to_server, n);
    }
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    return true;
}

bool tls_kit_shake_hands(size_t step) {
    struct buf plain = {0};
    bool is_good = true;
    for (int i = 0; i < 4 && is_good; i++)
        is_good = tls_kit_exchange(step) && tls_peer_feed(&kit.peer, &kit.to_client, &plain);
    buf_finish(&plain);
    return is_good;
}

void tls_kit_write(char path[TLS_KIT_PATH_SIZE], const char *name, const struct buf *bytes) {
    snprintf(path, TLS_KIT_PATH_SIZE, "%s/%s", kit.files.directory, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(buf_bytes(bytes), 1, buf_len(bytes), file), buf_len(bytes));
    fclose(file);
}

void tls_kit_say(const char *text) {
    struct buf plain = {0};
    cr_assert(buf_append_text(&plain, text));
    cr_assert(tls_peer_write(&kit.peer, &plain));
    buf_finish(&plain);
}

SSL_SESSION *tls_kit_take_ticket(void) {
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    // A copy: a session whose connection ends without a word is not to be resumed.
    SSL_SESSION *ticket = SSL_SESSION_dup(SSL_get0_session(kit.peer.ssl));
    cr_assert(SSL_SESSION_is_resumable(ticket));
    return ticket;
}

bool tls_kit_is_resumed(int version, SSL_SESSION *ticket) {
    tls_kit_open_session();
    tls_peer_resume(&kit.peer, "\2h2", version, ticket);
    SSL_SESSION_free(ticket);
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    return SSL_session_reused(kit.peer.ssl);
}
