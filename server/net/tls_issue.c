#include "server/net/tls_issue.h"

#include "server/net/tls.h"
#include "server/net/tls_authority.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    SERIAL_SIZE = 16,
    COMMON_NAME_MAX = 64, // X.520's ub-common-name
    HOST_MAX = 253,
};

// What goes into one certificate.
struct order {
    const char *common_name;
    EVP_PKEY *key;        // borrowed, as are the next three
    X509 *issuer;         // NULL: itself
    EVP_PKEY *issuer_key; // with issuer
    GENERAL_NAMES *names; // NULL: none
    int days;
    const char *crl_url; // NULL: none
    const char *usage;
    const char *extended_usage; // NULL: none
    const char *constraints;
};

// ---- PEM

static bool take_bytes(BIO *bio, struct buf *pem) {
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);
    return len > 0 && buf_append(pem, bytes, (size_t)len);
}

static bool write_pair(X509 *certificate, EVP_PKEY *key, struct tls_pair *made) {
    BIO *bio = BIO_new(BIO_s_mem());
    BIO *secret = BIO_new(BIO_s_secmem());
    bool is_written = bio && secret && PEM_write_bio_X509(bio, certificate) == 1 &&
                      PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                      take_bytes(bio, &made->certificate) && take_bytes(secret, &made->key);
    BIO_free(bio);
    BIO_free(secret);
    return is_written;
}

// ---- certificates

static bool set_serial(X509 *certificate) {
    unsigned char bytes[SERIAL_SIZE];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); // positive, and of this length
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool is_set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return is_set;
}

static bool set_subject(X509 *certificate, const char *common_name) {
    size_t len = strlen(common_name);
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common_name,
                                      (int)(len < COMMON_NAME_MAX ? len : COMMON_NAME_MAX), -1,
                                      0) == 1;
}

// Nothing lasts longer than who issued it.
static bool set_validity(X509 *certificate, const struct order *order) {
    ASN1_TIME *end = X509_getm_notAfter(certificate);
    if (!X509_gmtime_adj(X509_getm_notBefore(certificate), -TLS_EARLIER_S) ||
        !X509_time_adj_ex(end, order->days, 0, NULL))
        return false;
    const ASN1_TIME *last = order->issuer ? X509_get0_notAfter(order->issuer) : NULL;
    return !last || ASN1_TIME_compare(end, last) <= 0 || X509_set1_notAfter(certificate, last) == 1;
}

static bool add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value) {
    X509_EXTENSION *extension = value ? X509V3_EXT_conf_nid(NULL, context, nid, value) : NULL;
    bool is_added = !value || (extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool add_list(X509 *certificate, X509V3_CTX *context, const char *url) {
    char value[TLS_URL_SIZE + 4];
    snprintf(value, sizeof value, "URI:%s", url ? url : "");
    return !url || add_extension(certificate, context, NID_crl_distribution_points, value);
}

static bool add_extensions(X509 *certificate, const struct order *order) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, order->issuer ? order->issuer : certificate, certificate, NULL, NULL,
                   0);
    return add_extension(certificate, &context, NID_basic_constraints, order->constraints) &&
           add_extension(certificate, &context, NID_key_usage, order->usage) &&
           add_extension(certificate, &context, NID_ext_key_usage, order->extended_usage) &&
           add_extension(certificate, &context, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, &context, NID_authority_key_identifier,
                         order->issuer ? "keyid:always" : NULL) &&
           add_list(certificate, &context, order->crl_url) &&
           (!order->names || X509_add1_ext_i2d(certificate, NID_subject_alt_name, order->names, 0,
                                               X509V3_ADD_DEFAULT) == 1);
}

static bool issue(const struct order *order, struct tls_pair *made, struct error *err) {
    X509 *certificate = X509_new();
    bool is_made =
        certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        set_serial(certificate) && set_subject(certificate, order->common_name) &&
        X509_set_issuer_name(
            certificate, X509_get_subject_name(order->issuer ? order->issuer : certificate)) == 1 &&
        set_validity(certificate, order) && X509_set_pubkey(certificate, order->key) == 1 &&
        add_extensions(certificate, order) &&
        X509_sign(certificate, order->issuer ? order->issuer_key : order->key, EVP_sha256()) > 0 &&
        write_pair(certificate, order->key, made);
    X509_free(certificate);
    return is_made || tls_fail(err, "the certificate cannot be made");
}

bool tls_issue_authority(const char *names, int days, struct tls_pair *made, struct error *err) {
    char called[128];
    char day[TLS_DAY_SIZE] = "";
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts))
        strftime(day, sizeof day, "%Y-%m-%d", &parts);
    int len = (int)strcspn(names, ",");
    snprintf(called, sizeof called, "shap authority %s %.*s", day, len < 80 ? len : 80, names);
    const struct order order = {.common_name = called,
                                .key = EVP_EC_gen("P-256"),
                                .days = days,
                                .usage = "critical,keyCertSign,cRLSign",
                                .constraints = "critical,CA:TRUE,pathlen:0"};
    bool is_made = order.key ? issue(&order, made, err) : tls_fail(err, "the key cannot be made");
    EVP_PKEY_free(order.key);
    return is_made;
}

// ---- names

static bool is_host(const char *name) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    const char *rest = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
    size_t len = strlen(rest);
    return len > 0 && strlen(name) <= HOST_MAX && strspn(rest, letters) == len && rest[0] != '.' &&
           rest[0] != '-' && strstr(rest, "..") == NULL;
}

// A name of a kind, which owns its value.
static GENERAL_NAME *create_name(int type, const char *text) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value =
        type == GEN_IPADD ? a2i_IPADDRESS(text) : ASN1_STRING_type_new(V_ASN1_IA5STRING);
    if (name && value && (type == GEN_IPADD || ASN1_STRING_set(value, text, -1) == 1)) {
        GENERAL_NAME_set0_value(name, type, value);
        return name;
    }
    GENERAL_NAME_free(name);
    ASN1_STRING_free(value);
    return NULL;
}

static bool push_name(GENERAL_NAMES *names, int type, const char *text, struct error *err) {
    GENERAL_NAME *name = create_name(type, text);
    if (name && sk_GENERAL_NAME_push(names, name) > 0)
        return true;
    GENERAL_NAME_free(name);
    return error_set(err, "out of memory");
}

static bool push_server(GENERAL_NAMES *names, const char *text, struct error *err) {
    unsigned char address[16];
    if (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)
        return push_name(names, GEN_IPADD, text, err);
    if (!is_host(text))
        return error_set(err,
                         "\"%.80s\" is neither a host name nor an IP address: write them with "
                         "commas between, such as shap.example.gov.uk,192.0.2.7",
                         text);
    return push_name(names, GEN_DNS, text, err);
}

// first gets the first of them.
static bool push_servers(GENERAL_NAMES *names, const char *list, char first[HOST_MAX + 1],
                         struct error *err) {
    first[0] = '\0';
    do {
        char text[HOST_MAX + 2];
        size_t len = strcspn(list, ",");
        snprintf(text, sizeof text, "%.*s", (int)(len <= HOST_MAX ? len : HOST_MAX + 1), list);
        if (!push_server(names, text, err))
            return false;
        if (first[0] == '\0')
            snprintf(first, HOST_MAX + 1, "%s", text);
        list += len;
    } while (*list++ == ',');
    return true;
}

// ---- what an authority issues

static bool check_url(const char *url, struct error *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._~:/?=&%+";
    size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;
    size_t len = strlen(url);
    return (scheme > 0 && len > scheme && len < TLS_URL_SIZE && strspn(url, letters) == len) ||
           error_set(err,
                     "\"%.80s\" is no address where a list of revoked certificates can be fetched: "
                     "write it like http://www.example.gov.uk/shap.crl",
                     url);
}

// Fills in what is the same for all.
static bool issue_by(const struct tls_pair *pair, struct order *order, struct tls_pair *made,
                     struct error *err) {
    struct tls_authority authority = {0};
    bool is_made = (!order->crl_url || check_url(order->crl_url, err)) &&
                   tls_authority_open(pair, &authority, err);
    order->issuer = authority.certificate;
    order->issuer_key = authority.key;
    order->usage = "critical,digitalSignature";
    order->constraints = "critical,CA:FALSE";
    is_made = is_made && issue(order, made, err);
    tls_authority_close(&authority);
    return is_made;
}

bool tls_issue_server(const struct tls_pair *authority, const struct tls_wish *wish,
                      struct tls_pair *made, struct error *err) {
    char first[HOST_MAX + 1];
    struct order order = {.common_name = first,
                          .key = wish->key ? tls_read_key(wish->key) : EVP_EC_gen("P-256"),
                          .names = GENERAL_NAMES_new(),
                          .days = wish->days,
                          .crl_url = wish->crl_url,
                          .extended_usage = "serverAuth"};
    bool is_made = false;
    if (!order.key || !order.names)
        tls_fail(err, wish->key ? "the server's key cannot be read" : "the key cannot be made");
    else
        is_made = push_servers(order.names, wish->subject, first, err) &&
                  issue_by(authority, &order, made, err);
    EVP_PKEY_free(order.key);
    GENERAL_NAMES_free(order.names);
    return is_made;
}

bool tls_issue_client(const struct tls_pair *authority, const struct tls_wish *wish,
                      struct tls_pair *made, struct error *err) {
    char uri[sizeof TLS_ORGANISATION_URI + TLS_ORGANISATION_SIZE];
    const char *organisation = wish->subject;
    size_t len = strlen(organisation);
    if (len == 0 || len >= TLS_ORGANISATION_SIZE ||
        strspn(organisation, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        return error_set(err, "\"%.80s\" is not an organisation's code: see shap org list",
                         organisation);
    snprintf(uri, sizeof uri, TLS_ORGANISATION_URI "%s", organisation);
    struct order order = {.common_name = organisation,
                          .key = EVP_EC_gen("P-256"),
                          .names = GENERAL_NAMES_new(),
                          .days = wish->days,
                          .crl_url = wish->crl_url,
                          .extended_usage = "clientAuth"};
    bool is_made = false;
    if (!order.key || !order.names)
        tls_fail(err, "the key cannot be made");
    else
        is_made =
            push_name(order.names, GEN_URI, uri, err) && issue_by(authority, &order, made, err);
    EVP_PKEY_free(order.key);
    GENERAL_NAMES_free(order.names);
    return is_made;
}

// ---- reading

static bool format_name(const GENERAL_NAME *name, char *text, size_t size) {
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    const unsigned char *bytes = ASN1_STRING_get0_data(value);
    int len = ASN1_STRING_length(value);
    if (type == GEN_DNS)
        return snprintf(text, size, "%.*s", len, (const char *)bytes) > 0;
    return type == GEN_IPADD && (len == 4 || len == 16) &&
           inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, (socklen_t)size) != NULL;
}

bool tls_issue_names(const struct buf *pem, char names[TLS_NAMES_SIZE], struct error *err) {
    X509 *certificate = tls_read_certificate(pem);
    GENERAL_NAMES *found =
        certificate ? X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL) : NULL;
    size_t used = 0;
    names[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) {
        char text[HOST_MAX + 1];
        if (!format_name(sk_GENERAL_NAME_value(found, i), text, sizeof text) ||
            used + strlen(text) + 2 > TLS_NAMES_SIZE)
            continue;
        used += (size_t)snprintf(names + used, TLS_NAMES_SIZE - used, "%s%s", used > 0 ? "," : "",
                                 text);
    }
    GENERAL_NAMES_free(found);
    X509_free(certificate);
    ERR_clear_error();
    return used > 0 || error_set(err, "the server's certificate names no server: say which with "
                                      "--name");
}

static const ASN1_STRING *find_uri(const DIST_POINT *point) {
    const GENERAL_NAMES *names =
        point->distpoint && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = 0;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type == GEN_URI)
            return value;
    }
    return NULL;
}

bool tls_issue_crl_url(const struct buf *pem, char url[TLS_URL_SIZE], struct error *err) {
    enum { IS_ABSENT = -1 };
    int critical = 0;
    X509 *certificate = tls_read_certificate(pem);
    CRL_DIST_POINTS *points =
        certificate ? X509_get_ext_d2i(certificate, NID_crl_distribution_points, &critical, NULL)
                    : NULL;
    bool is_read = points || (certificate && critical == IS_ABSENT);
    url[0] = '\0';
    for (int i = 0; i < sk_DIST_POINT_num(points) && url[0] == '\0'; i++) {
        const ASN1_STRING *uri = find_uri(sk_DIST_POINT_value(points, i));
        if (uri && ASN1_STRING_length(uri) < TLS_URL_SIZE)
            snprintf(url, TLS_URL_SIZE, "%.*s", ASN1_STRING_length(uri),
                     (const char *)ASN1_STRING_get0_data(uri));
    }
    CRL_DIST_POINTS_free(points);
    X509_free(certificate);
    ERR_clear_error();
    return is_read || error_set(err, "the certificate cannot be read");
}

bool tls_issue_is_server(const struct buf *pem) {
    X509 *certificate = tls_read_certificate(pem);
    bool is_server =
        certificate && X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) == 1;
    X509_free(certificate);
    ERR_clear_error();
    return is_server;
}

void tls_issue_last_day(const struct buf *pem, char day[TLS_DAY_SIZE]) {
    struct tm parts;
    X509 *certificate = tls_read_certificate(pem);
    day[0] = '\0';
    if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1)
        strftime(day, TLS_DAY_SIZE, "%Y-%m-%d", &parts);
    X509_free(certificate);
    ERR_clear_error();
}
