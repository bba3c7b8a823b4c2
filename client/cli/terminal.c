#include "client/cli/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { LONGEST_SECRET = 4096, USUAL_WIDTH = 80 };

bool terminal_is_one(FILE *stream) {
    return isatty(fileno(stream)) == 1;
}

size_t terminal_width(FILE *stream) {
    struct winsize size = {0};
    if (!terminal_is_one(stream))
        return 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return USUAL_WIDTH;
}

bool terminal_has_colour(FILE *stream) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color != NULL && *no_color != '\0')
        return false;
    return terminal_is_one(stream) && term != NULL && strcmp(term, "dumb") != 0;
}

static bool read_line(int fd, struct buf *line, struct error *err) {
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            return error_set(err, "interrupted");
        if (n < 0)
            return error_set_errno(err, errno, "cannot read standard input");
        if (n == 0 && buf_len(line) == 0)
            return error_set(err, "nothing was given on standard input");
        if (n == 0 || c == '\n')
            return true;
        if (buf_len(line) >= LONGEST_SECRET)
            return error_set(err, "the line on standard input is too long");
        if (c != '\r' && !buf_append(line, &c, 1))
            return error_set(err, "not enough memory");
    }
}

enum terminal_line terminal_read_line(struct buf *line, size_t most, struct error *err) {
    bool is_begun = false;
    buf_clear(line);
    for (;;) {
        char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR)
            return TERMINAL_INTERRUPTED;
        if (n < 0) {
            error_set_errno(err, errno, "cannot read standard input");
            return TERMINAL_FAILED;
        }
        if (n == 0)
            return is_begun ? TERMINAL_LINE : TERMINAL_END;
        if (c == '\n')
            return TERMINAL_LINE;
        is_begun = true;
        if (buf_len(line) < most && !buf_append(line, &c, 1)) {
            error_set(err, "not enough memory");
            return TERMINAL_FAILED;
        }
    }
}

bool terminal_read_secret(const char *prompt, struct buf *secret, struct error *err) {
    struct termios before;
    bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        // Silent first: what answers the prompt at once is neither shown nor thrown away.
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs(prompt, stderr);
    }
    bool is_read = read_line(STDIN_FILENO, secret, err) &&
                   (buf_append(secret, "", 1) || error_set(err, "not enough memory"));
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    return is_read;
}
