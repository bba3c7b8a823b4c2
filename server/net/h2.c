#include "server/net/h2.h"

#include "server/base/secret.h"
#include "server/net/h2_guard.h"
#include "server/net/h2_output.h"
#include "server/net/h2_window.h"
#include "server/net/h2_wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONTINUATIONS = 8, MAX_SETTINGS = 32, MAX_OUTBOUND_ACK = 1000 };
enum { MAX_OUTBOUND_FRAMES = 1000 };
enum { SURPLUS_MAX = 64 * 1024 }; // of a request after its answer
enum { HEADER_LISTS = 8 };        // as long as this a header list is an attack
enum { REST_MS = 1000 };          // without a call, before memory for calls is given back ...
enum { REST_WORK = 4096 };        // ... which takes about as long as to decode so much

// Most events speak of the same stream as the one before.
struct stream *h2_find_stream(struct h2 *h2, int32_t id) {
    if (!h2->latest || h2->latest->id != id)
        h2->latest = nghttp2_session_get_stream_user_data(h2->session, id);
    return h2->latest;
}

// Streams take turns, whatever the client says: left to itself nghttp2 sends the oldest first, and
// a long answer keeps all others back (RFC 9218, 10).
static int share_alike(nghttp2_session *session, int32_t id) {
    const nghttp2_extpri turns = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    return nghttp2_session_change_extpri_stream_priority(session, id, &turns, 1);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    struct h2 *h2 = user;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    if (h2->n_streams + h2->host.n_places >= h2->host.limits->max_streams ||
        !stream_may_begin(&h2->host)) {
        h2_guard_ended(h2, frame->hd.stream_id);
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    }
    struct stream *stream = stream_create(&h2->host, frame->hd.stream_id);
    if (!stream)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    list_append(&h2->streams, &stream->in_all);
    h2->n_streams++;
    h2->latest = stream;
    (void)nghttp2_session_set_stream_user_data(session, stream->id, stream); // which is there
    return share_alike(session, stream->id);
}

// The person in an :authority, which must not be there (RFC 9113, 8.3.1).
static bool is_userinfo(const uint8_t *name, size_t name_len, const uint8_t *value,
                        size_t value_len) {
    static const char authority[] = ":authority";
    return name_len == sizeof authority - 1 && memcmp(name, authority, name_len) == 0 &&
           memchr(value, '@', value_len);
}

static int reset_malformed(nghttp2_session *session, struct stream *stream) {
    stream->is_malformed = true;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id,
                                     NGHTTP2_PROTOCOL_ERROR);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user) {
    (void)flags;
    struct h2 *h2 = user;
    struct stream *stream = h2_find_stream(h2, frame->hd.stream_id);
    *h2->host.work += name_len + value_len;
    if (!stream)
        return 0;
    if (stream->received_len > HEADER_LISTS * h2->host.limits->max_header_list)
        return h2_fail(h2, NGHTTP2_ENHANCE_YOUR_CALM, "request headers without end");
    if (is_userinfo(name, name_len, value, value_len))
        return reset_malformed(session, stream);
    if (!stream_take_header(stream, (const char *)name, name_len, (const char *)value, value_len))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return 0;
}

// Tells a client that has its answer to send no more of its request (RFC 9113, 8.1). Not at once:
// some clients take the reset for a failure, and nearly all have sent everything by then.
static int stop_request(struct h2 *h2, struct stream *stream) {
    stream->answered_ms = 0;
    return nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t len, void *user) {
    struct h2 *h2 = user;
    struct stream *stream = h2_find_stream(h2, id);
    if (!stream)
        return nghttp2_session_consume(session, id, len);
    bool is_last = flags & NGHTTP2_FLAG_END_STREAM;
    if (stream_feed(stream, bytes, len))
        h2_guard_work(h2);
    int result = h2_window_take(h2, stream, len, is_last);
    if (result != 0 || stream->answered_ms == 0)
        return result;
    stream->surplus += len;
    return stream->surplus > SURPLUS_MAX ? stop_request(h2, stream) : 0;
}

static int on_settings(struct h2 *h2, const nghttp2_frame *frame) {
    h2->is_open = true;
    return frame->hd.flags & NGHTTP2_FLAG_ACK ? 0 : h2_guard_settings(h2, &frame->settings);
}

static int on_reset(struct h2 *h2, const nghttp2_frame *frame) {
    struct stream *stream = h2_find_stream(h2, frame->hd.stream_id);
    if (stream)
        stream->was_reset = true;
    return h2_guard_reset(h2);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session;
    struct h2 *h2 = user;
    if (frame->hd.type == NGHTTP2_SETTINGS)
        return on_settings(h2, frame);
    if (frame->hd.type == NGHTTP2_RST_STREAM)
        return on_reset(h2, frame);
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    struct stream *stream = h2_find_stream(h2, frame->hd.stream_id);
    if (!stream || stream->is_malformed)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS)
        h2_guard_work(h2);
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        stream_begin(stream);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        stream_half_close(stream);
    return 0;
}

// nghttp2 refuses a stream by itself, before there is one.
static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error,
                            void *user) {
    (void)session;
    if (frame->hd.type == NGHTTP2_HEADERS && error == NGHTTP2_ERR_REFUSED_STREAM)
        h2_guard_ended(user, frame->hd.stream_id);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
    (void)code;
    struct h2 *h2 = user;
    struct stream *stream = h2_find_stream(h2, id);
    h2->ended_ms = h2->host.now_ms;
    if (!stream)
        return 0;
    h2->latest = NULL;
    if (!stream->is_half_closed && !stream->was_reset)
        h2_guard_ended(h2, id);
    h2->n_streams--;
    int result = h2_window_leave(h2, stream);
    stream_destroy(stream);
    if (result != 0) // nghttp2 keeps what it has of it
        nghttp2_session_set_stream_user_data(session, id, NULL);
    return result;
}

static void on_ready(struct stream_host *host, struct stream *stream) {
    struct h2 *h2 = list_entry(host, struct h2, host);
    list_unlink(&stream->in_ready);
    list_append(&h2->ready, &stream->in_ready);
    h2->on_dirty(h2->ctx);
}

static nghttp2_session *create_session(struct h2 *h2) {
    nghttp2_session *session = NULL;
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    const struct net_limits *limits = h2->host.limits;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0)
        goto done;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    h2_output_set_callbacks(callbacks);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_settings(option, MAX_SETTINGS);
    nghttp2_option_set_max_outbound_ack(option, MAX_OUTBOUND_ACK);
#ifdef HAVE_NGHTTP2_RESET_RATE_LIMIT
    nghttp2_option_set_stream_reset_rate_limit(option, 2 * limits->reset_burst,
                                               2 * limits->reset_rate);
#endif
#ifdef HAVE_NGHTTP2_MAX_CONTINUATIONS
    nghttp2_option_set_max_continuations(option, MAX_CONTINUATIONS);
#endif
    nghttp2_mem memory = {.mem_user_data = h2->room,
                          .malloc = h2_room_malloc,
                          .free = h2_room_free,
                          .calloc = h2_room_calloc,
                          .realloc = h2_room_realloc};
    if (nghttp2_session_server_new3(&session, callbacks, h2, option, h2->room ? &memory : NULL) !=
        0)
        session = NULL;
done:
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return session;
}

static bool submit_settings(struct h2 *h2) {
    const struct net_limits *limits = h2->host.limits;
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)limits->max_header_list},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    const size_t n = sizeof entries / sizeof *entries;
    return nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, entries, n) == 0 &&
           nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0,
                                                 (int32_t)limits->connection_window) == 0;
}

struct h2 *h2_create(const struct h2_options *options, struct error *err) {
    struct h2 *h2 = calloc(1, sizeof *h2);
    if (!h2)
        goto fail;
    h2->room = h2_rooms_lend(options->rooms);
    list_init(&h2->streams);
    list_init(&h2->ready);
    list_init(&h2->drained);
    list_init(&h2->waiting);
    h2->on_dirty = options->on_dirty;
    h2->ctx = options->ctx;
    h2->host = (struct stream_host){.events = options->streams,
                                    .server = options->server,
                                    .peer = options->peer,
                                    .origin = options->origin,
                                    .organisation = options->organisation,
                                    .limits = options->limits,
                                    .partial_all = options->partial_all,
                                    .held = options->held,
                                    .spares = options->spares,
                                    .work = options->work ? options->work : &h2->own_work,
                                    .on_ready = on_ready};
    list_init(&h2->host.places);
    h2->initial_window = NGHTTP2_INITIAL_WINDOW_SIZE;
    h2->n_payload = NGHTTP2_CLIENT_MAGIC_LEN;
    if (h2->room || !options->rooms)
        h2->session = create_session(h2);
    if (h2->session && submit_settings(h2))
        return h2;
fail:
    error_set(err, "HTTP/2: out of memory");
    h2_destroy(h2);
    return NULL;
}

// It may hold tokens.
static void drop_rest(struct buf *rest) {
    if (buf_len(rest) > 0)
        secret_wipe(rest->data + rest->start, buf_len(rest));
    buf_finish(rest);
}

// nghttp2 1.52 frees some things twice when memory ran out before: then its session goes with the
// room.
static void destroy_session(struct h2 *h2) {
    if (!h2_room_has_failed(h2->room))
        nghttp2_session_del(h2->session);
    h2_rooms_return(h2->room);
}

void h2_destroy(struct h2 *h2) {
    if (!h2)
        return;
    for (struct list *item; (item = list_take_first(&h2->streams)) != NULL;)
        stream_destroy(list_entry(item, struct stream, in_all));
    for (struct list *item; (item = list_take_first(&h2->host.places)) != NULL;)
        list_entry(item, struct stream_place, item)->host = NULL;
    destroy_session(h2);
    drop_rest(&h2->rest);
    free(h2->skipped);
    free(h2->ended);
    free(h2);
}

static bool feed(struct h2 *h2, const uint8_t *bytes, size_t len, struct error *err) {
    ssize_t n = nghttp2_session_mem_recv(h2->session, bytes, len);
    if (n < 0 && !h2->failure_reason)
        return error_set(err, "HTTP/2: %s", nghttp2_strerror((int)n));
    if (n < 0)
        return error_set(err, "HTTP/2: %s", h2->failure_reason);
    return true;
}

static nghttp2_frame_hd read_head(const uint8_t head[H2_HEAD_SIZE]) {
    return (nghttp2_frame_hd){
        .length = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2],
        .type = head[3],
        .flags = head[4],
        .stream_id = (head[5] & 0x7f) << 24 | head[6] << 16 | head[7] << 8 | head[8],
    };
}

static void note_block(struct h2 *h2, const nghttp2_frame_hd *head) {
    if (head->type == NGHTTP2_HEADERS || head->type == NGHTTP2_CONTINUATION)
        h2->is_in_block = !(head->flags & NGHTTP2_FLAG_END_HEADERS);
}

// A frame's head goes past the guard when it is whole, and then on, with what is there of the
// frame. *n: how many bytes were taken.
static bool feed_head(struct h2 *h2, const uint8_t *bytes, size_t len, size_t *n,
                      struct error *err) {
    bool is_whole = h2->n_head == 0 && len >= H2_HEAD_SIZE;
    size_t missing = H2_HEAD_SIZE - h2->n_head;
    *n = missing < len ? missing : len;
    if (!is_whole)
        memcpy(h2->head + h2->n_head, bytes, *n);
    h2->n_head += *n;
    if (h2->n_head < H2_HEAD_SIZE)
        return true;
    const nghttp2_frame_hd head = read_head(is_whole ? bytes : h2->head);
    h2->n_head = 0;
    h2->n_payload = head.length;
    note_block(h2, &head);
    if (h2_guard_frame(h2, &head) != 0)
        return error_set(err, "HTTP/2: %s", h2->failure_reason);
    if (!is_whole)
        return feed(h2, h2->head, H2_HEAD_SIZE, err);
    size_t n_more = len - *n < h2->n_payload ? len - *n : h2->n_payload;
    h2->n_payload -= n_more;
    *n += n_more;
    return feed(h2, bytes, *n, err);
}

static bool feed_payload(struct h2 *h2, const uint8_t *bytes, size_t len, size_t *n,
                         struct error *err) {
    *n = h2->n_payload < len ? h2->n_payload : len;
    h2->n_payload -= *n;
    return feed(h2, bytes, *n, err);
}

// Whether what has been fed ends between two frames, and within no header block.
static bool is_between(const struct h2 *h2) {
    return h2->n_head == 0 && h2->n_payload == 0 && !h2->is_in_block;
}

// *n: how many bytes were taken; not all when there was enough work in this turn.
static bool feed_some(struct h2 *h2, const uint8_t *bytes, size_t len, size_t *n,
                      struct error *err) {
    bool has_progress = false;
    h2->own_work = 0;
    *n = 0;
    for (size_t taken = 0; *n < len; *n += taken) {
        if (has_progress && *h2->host.work > H2_TURN_WORK)
            break;
        bool is_fed = h2->n_payload > 0 ? feed_payload(h2, bytes + *n, len - *n, &taken, err)
                                        : feed_head(h2, bytes + *n, len - *n, &taken, err);
        if (!is_fed)
            return false;
        has_progress = has_progress || is_between(h2);
        if (is_between(h2))
            h2->coming_ms = 0;
        else if (h2->coming_ms == 0)
            h2->coming_ms = h2->host.now_ms;
    }
    return h2_window_settle(h2) == 0 || error_set(err, "HTTP/2: out of memory");
}

bool h2_feed(struct h2 *h2, const uint8_t *bytes, size_t len, uint64_t now_ms, struct error *err) {
    size_t n = 0;
    h2->host.now_ms = now_ms;
    if (!feed_some(h2, bytes, len, &n, err))
        return false;
    if (n == len)
        return true;
    if (!buf_append(&h2->rest, bytes + n, len - n))
        return error_set(err, "HTTP/2: out of memory");
    h2->on_dirty(h2->ctx);
    return true;
}

bool h2_has_rest(const struct h2 *h2) {
    return buf_len(&h2->rest) > 0;
}

bool h2_feed_rest(struct h2 *h2, uint64_t now_ms, struct error *err) {
    struct buf *rest = &h2->rest;
    size_t n = 0;
    h2->host.now_ms = now_ms;
    bool is_fed = feed_some(h2, buf_bytes(rest), buf_len(rest), &n, err);
    if (!is_fed || n == buf_len(rest)) {
        drop_rest(rest);
        return is_fed;
    }
    secret_wipe(rest->data + rest->start, n);
    buf_consume(rest, n);
    h2->on_dirty(h2->ctx);
    return true;
}

static bool sweep_stream(struct h2 *h2, struct stream *stream) {
    const struct stream_host *host = &h2->host;
    if (stream->answered_ms > 0 && host->now_ms - stream->answered_ms > host->limits->linger_ms) {
        h2->on_dirty(h2->ctx);
        return stop_request(h2, stream) == 0;
    }
    if (stream_is_stalled(stream)) {
        h2->on_dirty(h2->ctx);
        return nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, stream->id,
                                         NGHTTP2_CANCEL) == 0;
    }
    if (!stream_is_overdue(stream))
        return true;
    stream_finish(stream, GRPC_DEADLINE_EXCEEDED, "the request took too long to arrive");
    return stream->has_begun;
}

// While it is us who take nothing, its time does not run.
static bool is_coming_slowly(struct h2 *h2) {
    if (h2->coming_ms > 0 && (h2_is_backlogged(h2) || h2_has_rest(h2)))
        h2->coming_ms = h2->host.now_ms;
    return h2->coming_ms > 0 && h2->host.now_ms - h2->coming_ms > h2->host.limits->request_ms;
}

// What calls needed is given back, when for a while there has been none.
static void rest(struct h2 *h2) {
    if (!h2->room || h2->ended_ms == 0 || h2->n_streams > 0 ||
        h2->host.now_ms - h2->ended_ms < REST_MS || *h2->host.work > H2_TURN_WORK)
        return;
    *h2->host.work += REST_WORK;
    h2_room_rest(h2->room);
    h2->ended_ms = 0;
}

bool h2_sweep(struct h2 *h2, uint64_t now_ms) {
    h2->host.now_ms = now_ms;
    rest(h2);
    h2_guard_sweep(h2);
    if (is_coming_slowly(h2))
        return false;
    for (struct list *item = h2->streams.next; item != &h2->streams; item = item->next) {
        if (!sweep_stream(h2, list_entry(item, struct stream, in_all)))
            return false;
    }
    return true;
}

bool h2_is_open(const struct h2 *h2) {
    return h2->is_open;
}

bool h2_is_done(const struct h2 *h2) {
    return h2->is_over || (list_is_empty(&h2->ready) && !nghttp2_session_want_read(h2->session) &&
                           !nghttp2_session_want_write(h2->session));
}

bool h2_is_backlogged(const struct h2 *h2) {
    return h2->host.queued_total > h2->host.limits->max_queued ||
           nghttp2_session_get_outbound_queue_size(h2->session) > MAX_OUTBOUND_FRAMES;
}

size_t h2_n_streams(const struct h2 *h2) {
    return h2->n_streams;
}

// Without memory for the notice the connection is ended without one.
void h2_shutdown_notice(struct h2 *h2) {
    (void)nghttp2_submit_shutdown_notice(h2->session);
    h2->on_dirty(h2->ctx);
}

void h2_goaway(struct h2 *h2) {
    int32_t last = nghttp2_session_get_last_proc_stream_id(h2->session);
    h2->is_leaving = true;
    h2->leaving_id = last;
    (void)nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
    h2->on_dirty(h2->ctx);
}

void h2_end_calls(struct h2 *h2, enum grpc_status status, const char *message) {
    for (struct list *item = h2->streams.next; item != &h2->streams; item = item->next) {
        struct stream *stream = list_entry(item, struct stream, in_all);
        if (!stream->has_begun || stream->is_finished)
            continue;
        stream_finish(stream, status, message);
        stream_close_call(stream);
    }
}
