// libpq, nghttp2, libcurl, libuv and zlib, where our own program calls them.
#include "tests/torture/wrap.h"

#include <curl/curl.h>
#include <nghttp2/nghttp2.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <uv.h>
#include <zlib.h>

// ---- libpq

#define PG LIBRARY
PG(PGconn *, PQconnectStartParams, (const char *const *a, const char *const *b, int c), (a, b, c),
   NULL)
PG(PGconn *, PQconnectdbParams, (const char *const *a, const char *const *b, int c), (a, b, c),
   NULL)
PG(PostgresPollingStatusType, PQconnectPoll, (PGconn * a), (a), PGRES_POLLING_FAILED)
PG(PQconninfoOption *, PQconninfoParse, (const char *a, char **b), (a, b), NULL)
PG(int, PQconsumeInput, (PGconn * a), (a), 0)
PG(int, PQenterPipelineMode, (PGconn * a), (a), 0)
PG(int, PQflush, (PGconn * a), (a), -1)
PG(int, PQpipelineSync, (PGconn * a), (a), 0)
PG(int, PQsetSingleRowMode, (PGconn * a), (a), 0)
PG(int, PQsetnonblocking, (PGconn * a, int b), (a, b), -1)
PG(int, PQsendQuery, (PGconn * a, const char *b), (a, b), 0)
PG(int, PQsendPrepare, (PGconn * a, const char *b, const char *c, int d, const Oid *e),
   (a, b, c, d, e), 0)
PG(int, PQsendQueryParams,
   (PGconn * a, const char *b, int c, const Oid *d, const char *const *e, const int *f,
    const int *g, int h),
   (a, b, c, d, e, f, g, h), 0)
PG(int, PQsendQueryPrepared,
   (PGconn * a, const char *b, int c, const char *const *d, const int *e, const int *f, int g),
   (a, b, c, d, e, f, g), 0)
PG(PGcancel *, PQgetCancel, (PGconn * a), (a), NULL)
PG(int, PQcancel, (PGcancel * a, char *b, int c), (a, b, c), 0)

// ---- nghttp2

#define H2(name, parameters, arguments) LIBRARY(int, name, parameters, arguments, NGHTTP2_ERR_NOMEM)
typedef nghttp2_session session;
H2(nghttp2_session_callbacks_new, (nghttp2_session_callbacks * *a), (a))
H2(nghttp2_option_new, (nghttp2_option * *a), (a))
H2(nghttp2_session_client_new, (session * *a, const nghttp2_session_callbacks *b, void *c),
   (a, b, c))
H2(nghttp2_session_server_new3,
   (session * *a, const nghttp2_session_callbacks *b, void *c, const nghttp2_option *d,
    nghttp2_mem *e),
   (a, b, c, d, e))
H2(nghttp2_submit_settings, (session * a, uint8_t b, const nghttp2_settings_entry *c, size_t d),
   (a, b, c, d))
H2(nghttp2_session_set_local_window_size, (session * a, uint8_t b, int32_t c, int32_t d),
   (a, b, c, d))
H2(nghttp2_session_set_stream_user_data, (session * a, int32_t b, void *c), (a, b, c))
H2(nghttp2_session_consume, (session * a, int32_t b, size_t c), (a, b, c))
H2(nghttp2_session_consume_connection, (session * a, size_t b), (a, b))
H2(nghttp2_session_consume_stream, (session * a, int32_t b, size_t c), (a, b, c))
H2(nghttp2_session_resume_data, (session * a, int32_t b), (a, b))
H2(nghttp2_submit_response,
   (session * a, int32_t b, const nghttp2_nv *c, size_t d, const nghttp2_data_provider *e),
   (a, b, c, d, e))
H2(nghttp2_submit_trailer, (session * a, int32_t b, const nghttp2_nv *c, size_t d), (a, b, c, d))
H2(nghttp2_submit_rst_stream, (session * a, uint8_t b, int32_t c, uint32_t d), (a, b, c, d))
H2(nghttp2_submit_shutdown_notice, (session * a), (a))
H2(nghttp2_submit_goaway,
   (session * a, uint8_t b, int32_t c, uint32_t d, const uint8_t *e, size_t f), (a, b, c, d, e, f))
H2(nghttp2_session_change_extpri_stream_priority,
   (session * a, int32_t b, const nghttp2_extpri *c, int d), (a, b, c, d))
LIBRARY(int32_t, nghttp2_submit_request,
        (session * a, const nghttp2_priority_spec *b, const nghttp2_nv *c, size_t d,
         const nghttp2_data_provider *e, void *f),
        (a, b, c, d, e, f), NGHTTP2_ERR_NOMEM)
LIBRARY(ssize_t, nghttp2_session_mem_recv, (session * a, const uint8_t *b, size_t c), (a, b, c),
        NGHTTP2_ERR_NOMEM)
LIBRARY(ssize_t, nghttp2_session_mem_send, (session * a, const uint8_t **b), (a, b),
        NGHTTP2_ERR_NOMEM)

// ---- libcurl

#undef curl_easy_setopt
#undef curl_easy_getinfo
LIBRARY(CURL *, curl_easy_init, (void), (), NULL)
LIBRARY(CURLcode, curl_global_init, (long a), (a), CURLE_OUT_OF_MEMORY)
LIBRARY(CURLcode, curl_easy_perform, (CURL * a), (a), CURLE_OUT_OF_MEMORY)
LIBRARY(CURLcode, curl_easy_send, (CURL * a, const void *b, size_t c, size_t *d), (a, b, c, d),
        CURLE_SEND_ERROR)
LIBRARY(CURLcode, curl_easy_recv, (CURL * a, void *b, size_t c, size_t *d), (a, b, c, d),
        CURLE_RECV_ERROR)

// Each takes one more argument, a pointer or a long.
#define CURL_OPTION(name, type)                                                                    \
    CURLcode name(CURL *easy, type option, ...) {                                                  \
        static __typeof__(&name) next;                                                             \
        static const struct failing failing = {#name, {0}, true, false};                           \
        va_list more;                                                                              \
        int way;                                                                                   \
        va_start(more, option);                                                                    \
        void *value = va_arg(more, void *);                                                        \
        va_end(more);                                                                              \
        if (ask(&failing, __builtin_return_address(0), &way))                                      \
            return CURLE_OUT_OF_MEMORY;                                                            \
        if (next == NULL)                                                                          \
            next = (__typeof__(next))(uintptr_t)find_next(#name);                                  \
        return next(easy, option, value);                                                          \
    }
CURL_OPTION(curl_easy_setopt, CURLoption)
CURL_OPTION(curl_easy_getinfo, CURLINFO)

// ---- libuv: only what can fail (uv_read_start, for one, cannot; uv_signal_init not after
// uv_loop_init)

#define UV(name, parameters, arguments) LIBRARY(int, name, parameters, arguments, UV_ENOMEM)
typedef uv_loop_t loop;
typedef uv_stream_t stream;
UV(uv_loop_init, (loop * a), (a))
UV(uv_listen, (stream * a, int b, uv_connection_cb c), (a, b, c))
UV(uv_pipe_open, (uv_pipe_t * a, uv_file b), (a, b))
UV(uv_poll_init, (loop * a, uv_poll_t *b, int c), (a, b, c))
UV(uv_shutdown, (uv_shutdown_t * a, stream *b, uv_shutdown_cb c), (a, b, c))
UV(uv_signal_start, (uv_signal_t * a, uv_signal_cb b, int c), (a, b, c))
UV(uv_tcp_getpeername, (const uv_tcp_t *a, struct sockaddr *b, int *c), (a, b, c))
UV(uv_tcp_keepalive, (uv_tcp_t * a, int b, unsigned c), (a, b, c))
UV(uv_tcp_nodelay, (uv_tcp_t * a, int b), (a, b))
UV(uv_tcp_open, (uv_tcp_t * a, uv_os_sock_t b), (a, b))
UV(uv_random, (loop * a, uv_random_t *b, void *c, size_t d, unsigned e, uv_random_cb f),
   (a, b, c, d, e, f))
UV(uv_getaddrinfo,
   (loop * a, uv_getaddrinfo_t *b, uv_getaddrinfo_cb c, const char *d, const char *e,
    const struct addrinfo *f),
   (a, b, c, d, e, f))
UV(uv_write, (uv_write_t * a, stream *b, const uv_buf_t *c, unsigned d, uv_write_cb e),
   (a, b, c, d, e))
LIBRARY(int, uv_try_write, (stream * a, const uv_buf_t *b, unsigned c), (a, b, c), UV_EPIPE)

// ---- zlib

LIBRARY(int, deflateInit2_, (z_streamp a, int b, int c, int d, int e, int f, const char *g, int h),
        (a, b, c, d, e, f, g, h), Z_MEM_ERROR)
LIBRARY(int, inflateInit2_, (z_streamp a, int b, const char *c, int d), (a, b, c, d), Z_MEM_ERROR)
LIBRARY(int, deflate, (z_streamp a, int b), (a, b), Z_STREAM_ERROR)
LIBRARY(int, inflate, (z_streamp a, int b), (a, b), Z_MEM_ERROR)
