#include "client/render/words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const MONTHS[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

void words_finish(struct words *words) {
    buf_finish(&words->text);
    *words = (struct words){.has_failed = false};
}

void words_clear(struct words *words) {
    buf_clear(&words->text);
    words->n_listed = 0;
}

void words_add(struct words *words, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    uint8_t *room = len < 0 ? NULL : buf_reserve(&words->text, (size_t)len + 1);
    if (room == NULL) {
        words->has_failed = true;
    } else {
        vsnprintf((char *)room, (size_t)len + 1, format, args);
        buf_commit(&words->text, (size_t)len);
    }
    va_end(args);
}

void words_add_count(struct words *words, int n, const char *noun) {
    if (n == 0)
        words_add(words, "no %ss", noun);
    else
        words_add(words, "%d %s%s", n, noun, n == 1 ? "" : "s");
}

enum { SHORT_MONTH = 3, LONGEST_MONTH = 9 };

static bool is_iso_day(const char *text) {
    static const char form[] = "dddd-dd-dd";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    }
    return true;
}

// month_len: how many characters of the month's name.
static void add_day(struct words *words, const char *iso, int month_len) {
    long month = is_iso_day(iso) ? strtol(iso + 5, NULL, 10) : 0;
    if (month >= 1 && month <= 12)
        words_add(words, "%ld %.*s %ld", strtol(iso + 8, NULL, 10), month_len, MONTHS[month - 1],
                  strtol(iso, NULL, 10));
    else
        words_add(words, "%s", iso);
}

void words_add_day(struct words *words, const char *iso) {
    add_day(words, iso, LONGEST_MONTH);
}

void words_add_short_day(struct words *words, const char *iso) {
    add_day(words, iso, SHORT_MONTH);
}

void words_add_item(struct words *words, const char *item, bool is_last) {
    const char *before = words->n_listed == 0 ? "" : is_last ? " and " : ", ";
    if (item == NULL)
        words->has_failed = true;
    else
        words_add(words, "%s%s", before, item);
    words->n_listed = is_last ? 0 : words->n_listed + 1;
}

const char *words_text(struct words *words) {
    if (words->has_failed || !buf_append(&words->text, "", 1)) {
        words->has_failed = true;
        return NULL;
    }
    words->text.end--;
    return (const char *)buf_bytes(&words->text);
}
