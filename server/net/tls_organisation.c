#include "server/net/tls_wire.h"

#include <openssl/x509v3.h>
#include <string.h>

static bool is_code(const char *text, size_t len) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (size_t i = 0; i < len; i++)
        if (!memchr(letters, text[i], sizeof letters - 1))
            return false;
    return len < TLS_ORGANISATION_SIZE;
}

// Takes the code of an organisation out of a URI; false: it is of something else, or no code.
static bool read_uri(const GENERAL_NAME *name, char organisation[TLS_ORGANISATION_SIZE]) {
    static const char prefix[] = TLS_ORGANISATION_URI;
    const size_t prefix_len = sizeof prefix - 1;
    int type = 0;
    const ASN1_STRING *uri = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_URI)
        return false;
    const char *text = (const char *)ASN1_STRING_get0_data(uri);
    size_t len = (size_t)ASN1_STRING_length(uri);
    if (len <= prefix_len || memcmp(text, prefix, prefix_len) != 0 ||
        !is_code(text + prefix_len, len - prefix_len))
        return false;
    memcpy(organisation, text + prefix_len, len - prefix_len);
    organisation[len - prefix_len] = '\0';
    return true;
}

bool tls_read_organisation(X509 *certificate, char organisation[TLS_ORGANISATION_SIZE]) {
    int n_named = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        n_named += read_uri(sk_GENERAL_NAME_value(names, i), organisation);
    GENERAL_NAMES_free(names);
    return n_named == 1;
}
