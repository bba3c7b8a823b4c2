#include "client/render/text.h"

#include "server/base/utf8.h"

struct range {
    uint32_t first;
    uint32_t last;
};

// Combining marks and format characters: no column of their own (Unicode general categories Mn, Me,
// Cf; the scripts of Europe and the marks emoji are made with).
static const struct range zero_width[] = {
    {0x00AD, 0x00AD}, {0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD},   {0x0610, 0x061A},
    {0x064B, 0x065F}, {0x0900, 0x0902}, {0x093C, 0x093C},   {0x0941, 0x0948},   {0x094D, 0x094D},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF},
    {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0x20D0, 0x20FF},   {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0x1F3FB, 0x1F3FF}, {0xE0000, 0xE01EF},
};

// East Asian wide and fullwidth characters, and emoji (UAX #11).
static const struct range double_width[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26A1, 0x26A1},
    {0x26BD, 0x26BE},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x274C, 0x274C},
    {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F3FA}, {0x1F400, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static bool is_in(uint32_t character, const struct range *ranges, size_t n) {
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (character < ranges[middle].first)
            n = middle;
        else if (character > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

size_t text_decode(const char *text, size_t len, uint32_t *character) {
    size_t n = utf8_char_len(text, len);
    uint32_t value = (uint8_t)text[0];
    if (n == 0) {
        *character = TEXT_REPLACEMENT;
        return 1;
    }
    if (n > 1)
        value &= 0xFFu >> (n + 1);
    for (size_t i = 1; i < n; i++)
        value = value << 6 | ((uint8_t)text[i] & 0x3Fu);
    *character = value;
    return n;
}

bool text_append(struct buf *out, uint32_t character) {
    uint8_t bytes[4];
    size_t n;
    if (character < 0x80) {
        bytes[0] = (uint8_t)character;
        return buf_append(out, bytes, 1);
    }
    n = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    bytes[0] = (uint8_t)((0xF00u >> n) | character);
    return buf_append(out, bytes, n);
}

unsigned text_char_width(uint32_t character) {
    if (character < 0xAD)
        return 1;
    if (is_in(character, zero_width, sizeof zero_width / sizeof *zero_width))
        return 0;
    return is_in(character, double_width, sizeof double_width / sizeof *double_width) ? 2 : 1;
}

size_t text_width(const char *text, size_t len) {
    size_t width = 0;
    uint32_t character;
    for (size_t i = 0; i < len;) {
        i += text_decode(text + i, len - i, &character);
        width += text_char_width(character);
    }
    return width;
}

bool text_is_unsafe(uint32_t character) {
    return character < 0x20 || (character >= 0x7F && character <= 0x9F) ||
           (character >= 0x202A && character <= 0x202E) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0x2028 ||
           character == 0x2029;
}

static bool is_white(uint32_t character) {
    return character == '\n' || character == '\t' || character == '\r';
}

static bool append_white(struct buf *out, uint32_t character, bool is_before_line_end,
                         bool keep_lines) {
    if (character == '\r' && is_before_line_end)
        return true;
    if (keep_lines && character == '\n')
        return buf_append(out, "\n", 1);
    return buf_append(out, " ", 1);
}

bool text_append_safe(struct buf *out, const char *text, size_t len, bool keep_lines) {
    for (size_t i = 0; i < len;) {
        uint32_t character;
        bool is_added;
        i += text_decode(text + i, len - i, &character);
        if (is_white(character))
            is_added = append_white(out, character, i < len && text[i] == '\n', keep_lines);
        else
            is_added = text_append(out, text_is_unsafe(character) ? TEXT_REPLACEMENT : character);
        if (!is_added)
            return false;
    }
    return true;
}
