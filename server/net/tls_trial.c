#include "server/net/tls_wire.h"

#include <openssl/err.h>

enum { N_FLIGHTS = 64 }; // more than any handshake has, also where one goes in several parts

static const unsigned char alpn[] = "\2h2";

// The client shows no certificate, and takes no ticket.
static bool connect_sides(SSL *server, SSL *client) {
    BIO *server_end;
    BIO *client_end;
    if (BIO_new_bio_pair(&server_end, 0, &client_end, 0) != 1)
        return false;
    SSL_set_bio(server, server_end, server_end);
    SSL_set_bio(client, client_end, client_end);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    SSL_set_verify(server, SSL_VERIFY_NONE, NULL);
    return SSL_set_num_tickets(server, 0) == 1;
}

// Goes on as far as what the other side has sent allows; false when that has failed.
static bool go_on(SSL *side) {
    int code = SSL_do_handshake(side);
    int reason = SSL_get_error(side, code);
    return code == 1 || reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
}

static bool shake_hands(SSL *server, SSL *client) {
    for (int i = 0; i < N_FLIGHTS && !SSL_is_init_finished(server); i++)
        if (!go_on(client) || !go_on(server))
            return false;
    return SSL_is_init_finished(server);
}

bool tls_try(SSL_CTX *ssl, const char *certificate_file, struct error *err) {
    ERR_clear_error();
    SSL_CTX *clients = SSL_CTX_new(TLS_client_method());
    bool is_set = clients && SSL_CTX_set_alpn_protos(clients, alpn, sizeof alpn - 1) == 0;
    SSL *client = is_set ? SSL_new(clients) : NULL;
    SSL *server = SSL_new(ssl);
    bool is_good = client && server && connect_sides(server, client) && shake_hands(server, client);
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(clients);
    return is_good || error_set(err, "a handshake that tries %s fails (%s)", certificate_file,
                                tls_last_reason());
}
