#include "client/render/wrap.h"

#include <string.h>
#include "client/render/text.h"

static size_t skip_spaces(const char *text, size_t len, size_t from) {
    while (from < len && text[from] == ' ')
        from++;
    return from;
}

static size_t trim_spaces(const char *text, size_t len) {
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return len;
}

// The bytes of the first characters that fit into width; at least one character.
static size_t fitting(const char *text, size_t len, size_t width) {
    size_t used = 0;
    for (size_t i = 0; i < len;) {
        uint32_t character;
        size_t n = text_decode(text + i, len - i, &character);
        used += text_char_width(character);
        if (used > width && i > 0)
            return i;
        i += n;
    }
    return len;
}

// Where a word that is too long may be broken: after a slash in it, else where the line is full.
static size_t break_word(const char *text, size_t from, size_t fits) {
    for (size_t at = fits; at > from + 1; at--) {
        if (text[at - 1] == '/')
            return at;
    }
    return fits;
}

size_t wrap_line(const char *text, size_t len, size_t width, size_t *next) {
    const char *feed = memchr(text, '\n', len);
    size_t line = feed == NULL ? len : (size_t)(feed - text);
    size_t fits = width == 0 ? line : fitting(text, line, width);
    if (fits == line) {
        *next = feed == NULL ? len : line + 1;
        return trim_spaces(text, line);
    }
    size_t end = fits;
    while (end > 0 && text[end] != ' ')
        end--;
    if (trim_spaces(text, end) == 0)
        end = break_word(text, end, fits);
    *next = skip_spaces(text, line, end);
    return trim_spaces(text, end);
}
