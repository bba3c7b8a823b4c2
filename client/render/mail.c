#include "client/render/mail.h"

#include <string.h>
#include "client/render/text.h"

enum { LONGEST_ADDRESS = 254, LONGEST_WORD = 75 };

bool mail_is_address(const char *address) {
    size_t len = strlen(address);
    const char *at = strchr(address, '@');
    if (len > LONGEST_ADDRESS || at == NULL || at == address || at[1] == '\0' ||
        strchr(at + 1, '@') != NULL)
        return false;
    for (const char *c = address; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || strchr("\"(),:;<>[\\]", *c) != NULL)
            return false;
    }
    return true;
}

static bool is_ascii(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] > '~')
            return false;
    }
    return true;
}

// One character of an encoded word: letters and digits as they are, everything else as =XX.
static bool add_encoded(struct buf *word, const char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!(is_plain ? buf_append(word, &c, 1) : buf_format(word, "=%02X", c)))
            return false;
    }
    return true;
}

// Encoded words, each on a line of its own and never ending within a character.
static bool add_encoded_words(struct buf *out, const char *text, size_t len) {
    struct buf word = {0};
    bool is_added = true;
    for (size_t i = 0, n; is_added && i < len; i += n) {
        uint32_t character;
        n = text_decode(text + i, len - i, &character);
        if (buf_len(&word) + 3 * n +
                strlen("=?UTF-8?Q?"
                       "?=") >
            LONGEST_WORD) {
            is_added = buf_format(out, "=?UTF-8?Q?%.*s?=\n ", (int)buf_len(&word),
                                  (const char *)buf_bytes(&word));
            buf_clear(&word);
        }
        is_added = is_added && add_encoded(&word, text + i, n);
    }
    is_added = is_added && buf_format(out, "=?UTF-8?Q?%.*s?=", (int)buf_len(&word),
                                      (const char *)buf_bytes(&word));
    buf_finish(&word);
    return is_added;
}

static bool add_to(struct buf *out, const struct mail *mail) {
    size_t n = 0;
    for (size_t i = 0; i < mail->n_addresses; i++) {
        if (!mail_is_address(mail->addresses[i]))
            continue;
        if (!buf_format(out, "%s%s", n++ == 0 ? "To: " : ",\n ", mail->addresses[i]))
            return false;
    }
    return n == 0 || buf_append_text(out, "\n");
}

static bool add_subject(struct buf *out, const char *subject) {
    struct buf line = {0};
    bool is_added = text_append_safe(&line, subject, strlen(subject), false) &&
                    buf_append_text(out, "Subject: ");
    const char *text = (const char *)buf_bytes(&line);
    if (is_added && buf_len(&line) > 0)
        is_added = is_ascii(text, buf_len(&line)) ? buf_append(out, text, buf_len(&line))
                                                  : add_encoded_words(out, text, buf_len(&line));
    buf_finish(&line);
    return is_added && buf_append_text(out, "\n");
}

bool mail_add(struct buf *out, const struct mail *mail) {
    return add_to(out, mail) && add_subject(out, mail->subject) &&
           buf_append_text(out, "MIME-Version: 1.0\n"
                                "Content-Type: text/plain; charset=UTF-8\n"
                                "Content-Transfer-Encoding: 8bit\n\n") &&
           buf_append_text(out, mail->text);
}
