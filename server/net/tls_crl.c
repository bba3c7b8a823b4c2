#include "server/net/tls_crl.h"

#include "server/net/tls_authority.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    int code; // RFC 5280, 5.3.1
} reasons[] = {
    {"key-compromise", CRL_REASON_KEY_COMPROMISE},
    {"affiliation-changed", CRL_REASON_AFFILIATION_CHANGED},
    {"superseded", CRL_REASON_SUPERSEDED},
    {"cessation-of-operation", CRL_REASON_CESSATION_OF_OPERATION},
};

enum { N_REASONS = sizeof reasons / sizeof *reasons };

static int find_reason(const char *word) {
    for (size_t i = 0; i < N_REASONS; i++)
        if (strcmp(reasons[i].word, word) == 0)
            return reasons[i].code;
    return CRL_REASON_NONE;
}

bool tls_crl_is_reason(const char *word) {
    return find_reason(word) != CRL_REASON_NONE;
}

// ---- reading

static X509_CRL *read_list(const struct buf *list) {
    const unsigned char *bytes = buf_bytes(list);
    X509_CRL *read = d2i_X509_CRL(NULL, &bytes, (long)buf_len(list));
    ERR_clear_error();
    return read;
}

static void format_day(const ASN1_TIME *time, char day[TLS_DAY_SIZE]) {
    struct tm parts;
    day[0] = '\0';
    if (time && ASN1_TIME_to_tm(time, &parts) == 1)
        strftime(day, TLS_DAY_SIZE, "%Y-%m-%d", &parts);
}

// What cannot be read is not taken for something that is not said.
static bool describe(const X509_REVOKED *revoked, struct tls_crl_entry *entry) {
    int has_code; // or -1
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(revoked), NULL);
    char *serial = number ? BN_bn2hex(number) : NULL;
    ASN1_ENUMERATED *code = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, &has_code, NULL);
    snprintf(entry->serial, sizeof entry->serial, "%s", serial ? serial : "");
    format_day(X509_REVOKED_get0_revocationDate(revoked), entry->day);
    entry->reason = "no reason given";
    for (size_t i = 0; code && i < N_REASONS; i++)
        if (ASN1_ENUMERATED_get(code) == reasons[i].code)
            entry->reason = reasons[i].word;
    bool is_read = serial && entry->day[0] != '\0' && (code || has_code == -1);
    ASN1_ENUMERATED_free(code);
    OPENSSL_free(serial);
    BN_free(number);
    return is_read;
}

int tls_crl_count(const struct buf *list) {
    X509_CRL *read = read_list(list);
    int n = read ? sk_X509_REVOKED_num(X509_CRL_get_REVOKED(read)) : 0;
    X509_CRL_free(read);
    return read ? (n > 0 ? n : 0) : -1;
}

bool tls_crl_entry(const struct buf *list, size_t i, struct tls_crl_entry *entry) {
    X509_CRL *read = read_list(list);
    STACK_OF(X509_REVOKED) *revoked = read ? X509_CRL_get_REVOKED(read) : NULL;
    bool is_read = (int)i < sk_X509_REVOKED_num(revoked) &&
                   describe(sk_X509_REVOKED_value(revoked, (int)i), entry);
    X509_CRL_free(read);
    return is_read;
}

// Not X509_CRL_get0_by_cert, which puts the list into another order.
static bool has(X509_CRL *list, const X509 *certificate) {
    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(list);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    for (int i = 0; i < sk_X509_REVOKED_num(revoked); i++)
        if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i)),
                             serial) == 0)
            return true;
    return false;
}

bool tls_crl_look_up(const struct buf *list, const struct buf *certificate, bool *is_on_it,
                     struct error *err) {
    X509_CRL *read = read_list(list);
    X509 *named = tls_read_certificate(certificate);
    bool is_read = read && named;
    *is_on_it = is_read && has(read, named);
    X509_free(named);
    X509_CRL_free(read);
    ERR_clear_error();
    return is_read ||
           error_set(err, "the list, or the certificate looked for on it, cannot be read");
}

void tls_crl_last_day(const struct buf *list, char day[TLS_DAY_SIZE]) {
    X509_CRL *read = read_list(list);
    format_day(read ? X509_CRL_get0_nextUpdate(read) : NULL, day);
    X509_CRL_free(read);
}

// ---- making

// An empty list, or the one before.
static X509_CRL *open_list(const struct tls_authority *authority, const struct buf *before,
                           struct error *err) {
    X509_CRL *list = before ? read_list(before) : X509_CRL_new();
    if (!list) {
        tls_fail(err, "the list of revoked certificates is none in DER: put the one that was "
                      "published in its place");
        return NULL;
    }
    if (before && X509_CRL_verify(list, authority->key) != 1) {
        tls_fail(err, "the list of revoked certificates is not of this authority");
        X509_CRL_free(list);
        return NULL;
    }
    return list;
}

static bool set_times(X509_CRL *list, int days) {
    ASN1_TIME *from = X509_gmtime_adj(NULL, -TLS_EARLIER_S);
    ASN1_TIME *to = X509_time_adj_ex(NULL, days, 0, NULL);
    bool is_set = from && to && X509_CRL_set1_lastUpdate(list, from) == 1 &&
                  X509_CRL_set1_nextUpdate(list, to) == 1;
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return is_set;
}

// One more than the list before had.
static bool set_number(X509_CRL *list) {
    ASN1_INTEGER *before = X509_CRL_get_ext_d2i(list, NID_crl_number, NULL, NULL);
    BIGNUM *number = before ? ASN1_INTEGER_to_BN(before, NULL) : BN_new();
    ASN1_INTEGER *next =
        number && BN_add_word(number, 1) == 1 ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    bool is_set =
        next && X509_CRL_add1_ext_i2d(list, NID_crl_number, next, 0, X509V3_ADD_REPLACE) == 1;
    ASN1_INTEGER_free(before);
    ASN1_INTEGER_free(next);
    BN_free(number);
    return is_set;
}

// By which of its keys the authority signed; there when the list before has it.
static bool set_key_id(X509_CRL *list, X509 *issuer) {
    X509V3_CTX context;
    if (X509_CRL_get_ext_by_NID(list, NID_authority_key_identifier, -1) >= 0)
        return true;
    X509V3_set_ctx(&context, issuer, NULL, NULL, list, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
    bool is_set = extension && X509_CRL_add_ext(list, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_set;
}

static bool set_reason(X509_REVOKED *revoked, const char *word) {
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    bool is_set = code && ASN1_ENUMERATED_set(code, find_reason(word)) == 1 &&
                  X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, code, 0, 0) == 1;
    ASN1_ENUMERATED_free(code);
    return is_set;
}

static bool add(X509_CRL *list, const X509 *certificate, const char *reason) {
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(certificate));
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    bool is_added = revoked && serial && now &&
                    X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
                    X509_REVOKED_set_revocationDate(revoked, now) == 1 &&
                    set_reason(revoked, reason) && X509_CRL_add0_revoked(list, revoked) == 1;
    if (!is_added)
        X509_REVOKED_free(revoked);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(now);
    return is_added;
}

static bool revoke(X509_CRL *list, const struct tls_authority *authority,
                   const struct tls_revocation *revocation, struct error *err) {
    X509 *certificate = tls_read_certificate(revocation->certificate);
    bool is_ok = false;
    if (!certificate)
        tls_fail(err, "what is to be revoked is no certificate in PEM");
    else if (X509_cmp(certificate, authority->certificate) == 0)
        error_set(err, "this is the certificate of the authority itself, which cannot revoke "
                       "itself: make a new one in "
                       "another directory (shapd cert init), and give its ca.crt to all who call");
    else if (X509_verify(certificate, authority->key) != 1)
        tls_fail(err, "the certificate was not made by this authority");
    else if (has(list, certificate))
        error_set(err, "the certificate is revoked already");
    else
        is_ok = add(list, certificate, revocation->reason) ||
                tls_fail(err, "the certificate cannot be revoked");
    X509_free(certificate);
    return is_ok;
}

static bool sign(X509_CRL *list, const struct tls_authority *authority, int days,
                 struct buf *made) {
    unsigned char *bytes = NULL;
    if (X509_CRL_set_version(list, X509_CRL_VERSION_2) != 1 ||
        X509_CRL_set_issuer_name(list, X509_get_subject_name(authority->certificate)) != 1 ||
        !set_times(list, days) || !set_number(list) || !set_key_id(list, authority->certificate) ||
        X509_CRL_sign(list, authority->key, EVP_sha256()) <= 0)
        return false;
    int len = i2d_X509_CRL(list, &bytes);
    bool is_made = len > 0 && buf_append(made, bytes, (size_t)len);
    OPENSSL_free(bytes);
    return is_made;
}

bool tls_crl_issue(const struct tls_pair *pair, const struct buf *before, int days,
                   const struct tls_revocation *revocation, struct buf *made, struct error *err) {
    struct tls_authority authority = {0};
    X509_CRL *list = NULL;
    bool is_made = tls_authority_open(pair, &authority, err) &&
                   (list = open_list(&authority, before, err)) != NULL &&
                   (!revocation || revoke(list, &authority, revocation, err)) &&
                   (sign(list, &authority, days, made) ||
                    tls_fail(err, "the list of revoked certificates cannot be made"));
    X509_CRL_free(list);
    tls_authority_close(&authority);
    return is_made;
}
