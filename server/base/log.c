#include "server/base/log.h"

#include "server/base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 4096, ESCAPE_SIZE = 4 };

// Whoever reads the log may be slower than us for so long; then lines are left out until he reads.
enum { PATIENCE_MS = 20 };

static enum log_level least_level = LOG_INFO;
static uint64_t n_lost; // lines, since the last one that was written

void log_set_level(enum log_level level) {
    least_level = level;
}

// One line being written. What does not fit is left out; the last byte is kept for the newline.
struct line {
    char text[LINE_SIZE];
    size_t len;
};

static void put(struct line *line, const char *text, size_t len) {
    if (len > LINE_SIZE - 1 - line->len)
        return;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void put_text(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

// The last n digits of a number, and what follows them. Each call is a line: no printf for them.
static void put_digits(struct line *line, int number, size_t n, const char *after) {
    char text[8];
    for (size_t i = n; i-- > 0; number /= 10)
        text[i] = (char)('0' + number % 10);
    put(line, text, n);
    put_text(line, after);
}

static void put_time(struct line *line) {
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    put_digits(line, 1900 + utc.tm_year, 4, "-");
    put_digits(line, 1 + utc.tm_mon, 2, "-");
    put_digits(line, utc.tm_mday, 2, "T");
    put_digits(line, utc.tm_hour, 2, ":");
    put_digits(line, utc.tm_min, 2, ":");
    put_digits(line, utc.tm_sec, 2, ".");
    put_digits(line, (int)(now.tv_nsec / 1000000), 3, "Z");
}

// Length of the character at text if it may stand in a line as it is, else 0: C0 and C1 controls,
// DEL and bytes that are not UTF-8 may not.
static size_t printable_len(const char *text, size_t len) {
    unsigned char first = (unsigned char)text[0];
    size_t n = utf8_char_len(text, len);
    if (n == 1)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    if (n == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0)
        return 0;
    return n;
}

// Most values are plain; the slow way is for the others.
static bool is_plain(const char *value) {
    const char *at = value;
    while (*at > ' ' && *at < 0x7f && *at != '"' && *at != '=' && *at != '\\')
        at++;
    return *at == '\0' && at > value;
}

static bool needs_quotes(const char *value) {
    size_t len = strlen(value);
    if (is_plain(value))
        return false;
    if (len == 0 || strpbrk(value, " \"=\\"))
        return true;
    for (size_t at = 0, n; at < len; at += n) {
        n = printable_len(value + at, len - at);
        if (n == 0)
            return true;
    }
    return false;
}

static void put_escaped(struct line *line, unsigned char byte) {
    char text[ESCAPE_SIZE + 1];
    if (byte == '"' || byte == '\\')
        snprintf(text, sizeof text, "\\%c", byte);
    else if (byte == '\n')
        snprintf(text, sizeof text, "\\n");
    else
        snprintf(text, sizeof text, "\\x%02x", byte);
    put_text(line, text);
}

// Stops while the closing quote still fits, so that a cut value looks like a value.
static void put_quoted(struct line *line, const char *value) {
    size_t len = strlen(value);
    put(line, "\"", 1);
    for (size_t at = 0, n; at < len && line->len + ESCAPE_SIZE + 2 < LINE_SIZE; at += n) {
        n = printable_len(value + at, len - at);
        if (n == 0 || value[at] == '"' || value[at] == '\\') {
            put_escaped(line, (unsigned char)value[at]);
            n = 1;
        } else {
            put(line, value + at, n);
        }
    }
    put(line, "\"", 1);
}

static void put_pair(struct line *line, const char *key, const char *value) {
    if (line->len + strlen(key) + ESCAPE_SIZE + 4 >= LINE_SIZE)
        return;
    put(line, " ", 1);
    put_text(line, key);
    put(line, "=", 1);
    if (needs_quotes(value) || strlen(value) > LINE_SIZE - 1 - line->len)
        put_quoted(line, value);
    else
        put_text(line, value);
}

// What can be written to takes a whole line: a pipe then has a page of room, a socket more.
static bool is_writable(void) {
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&out, 1, n_lost > 0 ? 0 : PATIENCE_MS) == 1 && (out.revents & POLLOUT);
}

static bool write_line(struct line *line) {
    line->text[line->len++] = '\n';
    size_t done = 0;
    while (done < line->len) {
        ssize_t n = write(STDERR_FILENO, line->text + done, line->len - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static void begin_line(struct line *line, enum log_level level, const char *event) {
    static const char *const level_names[] = {"error", "warning", "info", "debug"};
    line->len = 0;
    put_time(line);
    put(line, " ", 1);
    put_text(line, level_names[level]);
    put(line, " ", 1);
    put_text(line, event);
}

// False: they cannot be told of yet.
static bool tell_of_lost(void) {
    struct line line;
    if (n_lost == 0)
        return true;
    begin_line(&line, LOG_WARNING, "log-lines-lost");
    put_pair(&line, "n", LOG_NUMBER(n_lost));
    if (!write_line(&line))
        return false;
    n_lost = 0;
    return is_writable();
}

bool log_is_wanted(enum log_level level) {
    return level <= least_level;
}

void log_event(enum log_level level, const char *event, ...) {
    struct line line;
    if (level > least_level)
        return;
    begin_line(&line, level, event);

    va_list pairs;
    va_start(pairs, event);
    for (const char *key; (key = va_arg(pairs, const char *)) != NULL;) {
        const char *value = va_arg(pairs, const char *);
        if (value)
            put_pair(&line, key, value);
    }
    va_end(pairs);
    if (!is_writable() || !tell_of_lost() || !write_line(&line))
        n_lost++;
}

const char *log_number(int64_t n, char text[24]) {
    char digits[24];
    size_t at = sizeof digits, len;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    digits[--at] = '\0';
    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (n < 0)
        digits[--at] = '-';
    len = sizeof digits - at;
    memcpy(text, digits + at, len);
    return text;
}
