#include "client/import/csv_heading.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 60, WARNING_SIZE = 320 };

void csv_heading_finish(struct csv_heading *heading) {
    buf_finish(&heading->names);
    heading->n_columns = 0;
}

const char *csv_heading_name(const struct csv_heading *heading, size_t i) {
    if (i >= heading->n_columns)
        return NULL;
    return (const char *)buf_bytes(&heading->names) + heading->name_at[i];
}

static char plain(char c) {
    return c == ' ' || c == '-' ? '_' : (char)tolower((unsigned char)c);
}

static bool is_same_name(const char *wanted, const char *name, size_t len) {
    while (len > 0 && *name == ' ') {
        name++;
        len--;
    }
    while (len > 0 && name[len - 1] == ' ')
        len--;
    if (strlen(wanted) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (wanted[i] != plain(name[i]))
            return false;
    }
    return true;
}

static int find_wanted(const struct csv_options *options, const char *name, size_t len) {
    for (size_t i = 0; i < options->n_columns; i++) {
        if (is_same_name(options->columns[i].name, name, len))
            return (int)i;
    }
    return CSV_UNWANTED;
}

static bool has_wanted(const struct csv_heading *heading, int wanted) {
    for (size_t i = 0; i < heading->n_columns; i++) {
        if (heading->wanted[i] == wanted)
            return true;
    }
    return false;
}

bool csv_heading_add(struct csv_heading *heading, const struct csv_options *options,
                     const char *name, size_t len, struct error *err) {
    if (heading->n_columns == CSV_COLUMN_LIMIT)
        return error_set(err, "%s, line 1: more than %d columns; is this the right file?",
                         options->name, CSV_COLUMN_LIMIT);
    int wanted = find_wanted(options, name, len);
    if (wanted != CSV_UNWANTED && has_wanted(heading, wanted))
        return error_set(err, "%s, line 1: the column %s stands there twice; remove one",
                         options->name, options->columns[wanted].name);
    size_t at = buf_len(&heading->names);
    if (!buf_append(&heading->names, name, len) || !buf_append(&heading->names, "", 1))
        return error_set(err, "%s: out of memory", options->name);
    heading->wanted[heading->n_columns] = wanted;
    heading->name_at[heading->n_columns] = at;
    heading->n_columns++;
    return true;
}

static void warn_of(const struct csv_heading *heading, const struct csv_options *options,
                    size_t i) {
    const char *name = csv_heading_name(heading, i);
    char text[WARNING_SIZE];
    if (name[0] == '\0')
        snprintf(text, sizeof text, "%.160s, line 1: column %zu has no name and is left out",
                 options->name, i + 1);
    else
        snprintf(text, sizeof text,
                 "%.160s, line 1: the column \"%.*s\" is not known and is left out", options->name,
                 NAME_SHOWN, name);
    options->on_warning(options->ctx, text);
}

// Files saved with another separator have one column, whose name holds it.
static const char *separator_hint(const struct csv_heading *heading) {
    const char *name = csv_heading_name(heading, 0);
    if (heading->n_columns != 1)
        return "";
    if (strchr(name, ';') != NULL)
        return " The cells seem to be separated by semicolons: save the file with commas.";
    if (strchr(name, '\t') != NULL)
        return " The cells seem to be separated by tabs: save the file with commas.";
    return "";
}

static bool list_missing(const struct csv_heading *heading, const struct csv_options *options,
                         char *list, size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; i < options->n_columns && used < size; i++) {
        if (!options->columns[i].is_required || has_wanted(heading, (int)i))
            continue;
        used += (size_t)snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "",
                                 options->columns[i].name);
    }
    return used > 0;
}

bool csv_heading_end(const struct csv_heading *heading, const struct csv_options *options,
                     struct error *err) {
    char missing[256];
    if (list_missing(heading, options, missing, sizeof missing))
        return error_set(err, "%s, line 1: missing from the heading: %s.%s", options->name, missing,
                         separator_hint(heading));
    for (size_t i = 0; i < heading->n_columns && options->on_warning != NULL; i++) {
        if (heading->wanted[i] == CSV_UNWANTED)
            warn_of(heading, options, i);
    }
    return true;
}
