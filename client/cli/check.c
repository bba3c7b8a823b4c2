#include "client/cli/check.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/suggest.h"
#include "client/import/day.h"
#include "client/render/field.h"
#include "server/base/buf.h"
#include "server/base/utf8.h"

enum { MOST_CHOICES = 64 };

bool check_is_number(const char *text, int64_t *number) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || isspace((unsigned char)text[0]))
        return false;
    *number = value;
    return true;
}

bool check_is_day(enum option_kind kind, const char *value) {
    int64_t number;
    return kind == OPTION_DAY ||
           (kind == OPTION_DAY_OR_RECORD && !check_is_number(value, &number)) ||
           (kind == OPTION_DAY_OR_CURSOR && strchr(value, ':') == NULL);
}

char *check_copy_day(const char *text, const char *today) {
    char iso[DAY_SIZE];
    struct error err = {0};
    return day_parse(text, today, iso, &err) ? strdup(iso) : NULL;
}

static bool refuse_choice(const char *shown, const ProtobufCEnumDescriptor *choices,
                          const char *value, struct error *err) {
    char labels[MOST_CHOICES][FIELD_LABEL_SIZE];
    const char *names[MOST_CHOICES] = {0};
    struct buf list = {0};
    size_t n = 0;
    bool is_made = true;
    for (unsigned i = 0; i < choices->n_values && n < MOST_CHOICES; i++) {
        field_enum_word(choices, choices->values[i].value, labels[n]);
        if (labels[n][0] == '\0')
            continue;
        names[n] = labels[n];
        is_made = is_made && buf_format(&list, "%s%s", n > 0 ? ", " : "", names[n]);
        n++;
    }
    const char *near = suggest_nearest(value, names, n);
    is_made = is_made && buf_append(&list, "", 1);
    error_set(err, "%s: \"%.60s\" is none of %s%s%s%s", shown, value,
              is_made ? (const char *)buf_bytes(&list) : "its values",
              near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
              near == NULL ? "" : "?");
    buf_finish(&list);
    return false;
}

bool check_text(const char *shown, enum option_kind kind, const ProtobufCEnumDescriptor *choices,
                const char *value, struct error *err) {
    int64_t number;
    int choice;
    char today[DAY_SIZE], iso[DAY_SIZE];
    struct error why = {0};
    day_today(today); // whether it is a day is the same on any
    if (!utf8_is_valid(value, strlen(value)))
        return error_set(err, "%s is not valid UTF-8", shown);
    if (kind == OPTION_NUMBER && !check_is_number(value, &number))
        return error_set(err, "%s: \"%.60s\" is not a whole number", shown, value);
    if (check_is_day(kind, value) && !day_parse(value, today, iso, &why))
        return error_set(err, "%s: %s", shown, why.message);
    if (kind == OPTION_CHOICE && !field_enum_parse(choices, value, &choice))
        return refuse_choice(shown, choices, value, err);
    return true;
}

int check_value(struct invocation *invocation, const char *name, bool is_option,
                enum option_kind kind, const ProtobufCEnumDescriptor *choices, const char *value) {
    char shown[80];
    struct error err = {0};
    snprintf(shown, sizeof shown, "%s%s", is_option ? "--" : "", name);
    if (check_text(shown, kind, choices, value, &err))
        return EXIT_OK;
    return fail_usage(invocation, "%s", err.message);
}
