#include "client/cli/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/file.h"
#include "server/base/buf.h"

enum { CONFIG_LIMIT = 1024 * 1024 };

void config_finish(struct config *config) {
    for (size_t i = 0; i < config->n_entries; i++) {
        free(config->entries[i].profile);
        free(config->entries[i].key);
        free(config->entries[i].value);
    }
    free(config->entries);
    memset(config, 0, sizeof *config);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// A line without the blanks around it.
struct line {
    const char *text;
    size_t len;
};

static struct line trim(const char *text, size_t len) {
    while (len > 0 && is_blank(text[0])) {
        text++;
        len--;
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    return (struct line){text, len};
}

static bool is_comment(struct line line) {
    return line.len == 0 || line.text[0] == '#' || line.text[0] == ';';
}

// The name inside "[name]"; false when the line is none.
static bool heading_of(struct line line, struct line *name) {
    if (line.len < 2 || line.text[0] != '[' || line.text[line.len - 1] != ']')
        return false;
    *name = trim(line.text + 1, line.len - 2);
    return true;
}

// Splits "key = value".
static bool pair_of(struct line line, struct line *key, struct line *value) {
    const char *sign = memchr(line.text, '=', line.len);
    if (sign == NULL)
        return false;
    size_t before = (size_t)(sign - line.text);
    *key = trim(line.text, before);
    *value = trim(sign + 1, line.len - before - 1);
    return key->len > 0;
}

static bool add_entry(struct config *config, struct line profile, struct line key,
                      struct line value, int number) {
    struct config_entry *entries =
        realloc(config->entries, (config->n_entries + 1) * sizeof *entries);
    if (entries == NULL)
        return false;
    config->entries = entries;
    struct config_entry *entry = &entries[config->n_entries++];
    entry->profile = profile.text == NULL ? NULL : strndup(profile.text, profile.len);
    entry->key = strndup(key.text, key.len);
    entry->value = strndup(value.text, value.len);
    entry->line = number;
    return entry->key != NULL && entry->value != NULL &&
           (profile.text == NULL || entry->profile != NULL);
}

bool config_parse(struct config *config, const char *text, const char *name, struct error *err) {
    struct line profile = {0}, key, value;
    int number = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        struct line line = trim(text, len);
        text += len + (text[len] == '\n');
        number++;
        if (is_comment(line) || heading_of(line, &profile))
            continue;
        if (!pair_of(line, &key, &value))
            return error_set(err,
                             "%s line %d: \"%.*s\" is neither \"key = value\" nor \"[profile]\"",
                             name, number, (int)(line.len > 80 ? 80 : line.len), line.text);
        if (!add_entry(config, profile, key, value, number))
            return error_set(err, "not enough memory");
    }
    return true;
}

bool config_read(struct config *config, const char *path, struct error *err) {
    struct buf text = {0};
    bool is_missing = false;
    bool is_read = file_read(path, CONFIG_LIMIT, &text, &is_missing, err) || is_missing;
    if (is_read)
        is_read = buf_append(&text, "", 1) || error_set(err, "not enough memory");
    if (is_read)
        is_read = config_parse(config, (const char *)buf_bytes(&text), path, err);
    buf_finish(&text);
    return is_read;
}

static const char *find_in(const struct config *config, const char *profile, const char *key) {
    const char *value = NULL;
    for (size_t i = 0; i < config->n_entries; i++) {
        const struct config_entry *entry = &config->entries[i];
        bool is_here = profile == NULL ? entry->profile == NULL
                                       : entry->profile != NULL && !strcmp(entry->profile, profile);
        if (is_here && strcmp(entry->key, key) == 0)
            value = entry->value;
    }
    return value;
}

const char *config_find(const struct config *config, const char *profile, const char *key) {
    const char *value = profile == NULL ? NULL : find_in(config, profile, key);
    return value != NULL ? value : find_in(config, NULL, key);
}

static bool is_same(struct line line, const char *text) {
    return line.text != NULL && line.len == strlen(text) && memcmp(line.text, text, line.len) == 0;
}

// Where the new line goes: over the key's own line if it has one (the last, which is the one that
// counts), else at the end of its section.
struct place {
    size_t from;
    size_t to; // from == to: an insertion
    bool has_section;
};

static struct place find_place(const char *text, const char *profile, const char *key) {
    struct place place = {strlen(text), strlen(text), false}, own = {0};
    struct line section = {0}, found, value;
    for (size_t at = 0; text[at] != '\0';) {
        size_t len = strcspn(text + at, "\n");
        size_t next = at + len + (text[at + len] == '\n');
        struct line line = trim(text + at, len);
        bool is_heading = !is_comment(line) && heading_of(line, &section);
        bool is_ours = is_same(section, profile);
        if (is_ours && (is_heading || line.len > 0))
            place = (struct place){next, next, true};
        if (is_ours && !is_heading && !is_comment(line) && pair_of(line, &found, &value) &&
            is_same(found, key))
            own = (struct place){at, next, true};
        at = next;
    }
    return own.has_section ? own : place;
}

static bool add_setting(struct buf *out, const char *text, struct place place, const char *profile,
                        const char *line) {
    bool needs_feed = place.from > 0 && text[place.from - 1] != '\n';
    return (place.from == 0 || buf_append(out, text, place.from)) &&
           (!needs_feed || buf_append_text(out, "\n")) &&
           (place.has_section ||
            buf_format(out, "%s[%s]\n", place.from > 0 ? "\n" : "", profile)) &&
           buf_append_text(out, line) && buf_append_text(out, text + place.to);
}

bool config_set(const char *path, const char *profile, const char *key, const char *value,
                struct error *err) {
    struct buf text = {0}, line = {0}, out = {0};
    bool is_missing = false;
    bool is_set = file_read(path, CONFIG_LIMIT, &text, &is_missing, err) || is_missing;
    if (is_set && !(buf_append(&text, "", 1) && buf_format(&line, "%s = %s\n", key, value) &&
                    buf_append(&line, "", 1)))
        is_set = error_set(err, "not enough memory");
    if (is_set) {
        const char *old = (const char *)buf_bytes(&text);
        is_set = add_setting(&out, old, find_place(old, profile, key), profile,
                             (const char *)buf_bytes(&line)) ||
                 error_set(err, "not enough memory");
    }
    is_set = is_set && file_make_parents(path, err) &&
             file_write(path, 0600, buf_bytes(&out), buf_len(&out), err);
    buf_finish(&text);
    buf_finish(&line);
    buf_finish(&out);
    return is_set;
}
