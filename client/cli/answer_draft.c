#include "client/cli/answer_draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client/cli/file.h"
#include "client/import/csv_reader.h"
#include "client/lib/shap.h"
#include "client/render/csv.h"
#include "client/render/field.h"

enum { PLAN, REFERENCE, STATUS, AS_OF, ID, SENT, NOTE, NEW_DATE, REASON, EVIDENCE, N_COLUMNS };

static const struct csv_column columns[N_COLUMNS] = {
    [PLAN] = {"plan", true},     [REFERENCE] = {"reference", true},
    [STATUS] = {"status", true}, [AS_OF] = {"as_of", true},
    [ID] = {"id", true},         [SENT] = {"sent", true},
    [NOTE] = {"note", true},     [NEW_DATE] = {"new_date", true},
    [REASON] = {"reason", true}, [EVIDENCE] = {"evidence", true},
};

// ---- What is said ----

static char **text_of(Shap__V1__SubmitReturnRequest *said, int column) {
    switch (column) {
    case PLAN:
        return &said->plan;
    case REFERENCE:
        return &said->reference;
    case AS_OF:
        return &said->as_of;
    case ID:
        return &said->return_id;
    case NOTE:
        return &said->note;
    case NEW_DATE:
        return &said->new_date;
    case REASON:
        return &said->reason;
    case EVIDENCE:
        return &said->evidence;
    default:
        return NULL;
    }
}

bool answer_said_set(char **field, const char *text, size_t len) {
    char *copy = len == 0 ? NULL : strndup(text, len);
    if (len > 0 && copy == NULL)
        return false;
    free(*field);
    *field = copy;
    return true;
}

void answer_said_destroy(Shap__V1__SubmitReturnRequest *said) {
    if (said == NULL)
        return;
    for (int i = 0; i < N_COLUMNS; i++) {
        if (text_of(said, i) != NULL)
            free(*text_of(said, i));
    }
    free(said);
}

Shap__V1__SubmitReturnRequest *answer_said_create(const char *plan, const char *reference) {
    Shap__V1__SubmitReturnRequest *said = malloc(sizeof *said);
    if (said == NULL)
        return NULL;
    shap__v1__submit_return_request__init(said);
    if (answer_said_set(&said->plan, plan, strlen(plan)) &&
        answer_said_set(&said->reference, reference, strlen(reference)))
        return said;
    answer_said_destroy(said);
    return NULL;
}

Shap__V1__SubmitReturnRequest *answer_said_copy(const Shap__V1__SubmitReturnRequest *said) {
    Shap__V1__SubmitReturnRequest from = *said;
    Shap__V1__SubmitReturnRequest *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    shap__v1__submit_return_request__init(copy);
    copy->has_status = said->has_status;
    copy->status = said->status;
    for (int i = 0; i < N_COLUMNS; i++) {
        char **text = text_of(&from, i);
        if (text != NULL && *text != NULL &&
            !answer_said_set(text_of(copy, i), *text, strlen(*text))) {
            answer_said_destroy(copy);
            return NULL;
        }
    }
    return copy;
}

// ---- All of them ----

void answer_drafts_finish(struct answer_drafts *drafts) {
    for (size_t i = 0; i < drafts->n; i++)
        answer_said_destroy(drafts->all[i].said);
    free(drafts->all);
    free(drafts->path);
    *drafts = (struct answer_drafts){.n = 0};
}

struct answer_draft *answer_drafts_find(const struct answer_drafts *drafts, const char *plan,
                                        const char *reference) {
    for (size_t i = 0; i < drafts->n; i++) {
        if (strcmp(drafts->all[i].said->plan, plan) == 0 &&
            strcmp(drafts->all[i].said->reference, reference) == 0)
            return &drafts->all[i];
    }
    return NULL;
}

static bool no_memory(struct error *err) {
    return error_set(err, "not enough memory");
}

static bool add(struct answer_drafts *drafts, Shap__V1__SubmitReturnRequest *said, bool is_sent,
                struct error *err) {
    struct answer_draft *all = realloc(drafts->all, (drafts->n + 1) * sizeof *all);
    if (all == NULL)
        return no_memory(err);
    drafts->all = all;
    all[drafts->n++] = (struct answer_draft){said, is_sent};
    return true;
}

static bool give_id(Shap__V1__SubmitReturnRequest *said, const char *id, struct error *err) {
    char made[SHAP_UUID_SIZE];
    if (id == NULL && !shap_uuid_make(made, err))
        return false;
    const char *text = id == NULL ? made : id;
    return answer_said_set(&said->return_id, text, strlen(text)) || no_memory(err);
}

bool answer_drafts_put(struct answer_drafts *drafts, Shap__V1__SubmitReturnRequest *said,
                       struct error *err) {
    struct answer_draft *before = answer_drafts_find(drafts, said->plan, said->reference);
    if (!give_id(said, before == NULL ? NULL : before->said->return_id, err) ||
        (before == NULL && !add(drafts, said, false, err))) {
        answer_said_destroy(said);
        return false;
    }
    if (before != NULL) {
        answer_said_destroy(before->said);
        before->said = said;
    }
    return true;
}

void answer_drafts_remove(struct answer_drafts *drafts, struct answer_draft *draft) {
    size_t after = drafts->n - (size_t)(draft - drafts->all) - 1;
    answer_said_destroy(draft->said);
    memmove(draft, draft + 1, after * sizeof *draft);
    drafts->n--;
}

// ---- The file ----

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct answer_drafts *drafts = ctx;
    int status;
    if (row->cells[PLAN][0] == '\0' || row->cells[REFERENCE][0] == '\0' ||
        row->cells[AS_OF][0] == '\0' || row->cells[ID][0] == '\0' ||
        !field_enum_parse(&shap__v1__return_status__descriptor, row->cells[STATUS], &status))
        return error_set(err, "%s, line %d: this is no answer that was kept", drafts->path,
                         row->line);
    Shap__V1__SubmitReturnRequest *said =
        answer_said_create(row->cells[PLAN], row->cells[REFERENCE]);
    if (said == NULL)
        return no_memory(err);
    said->has_status = 1;
    said->status = (Shap__V1__ReturnStatus)status;
    bool is_read = true;
    for (int i = AS_OF; i < N_COLUMNS; i++) {
        if (text_of(said, i) != NULL)
            is_read =
                is_read && answer_said_set(text_of(said, i), row->cells[i], strlen(row->cells[i]));
    }
    is_read = (is_read || no_memory(err)) && add(drafts, said, row->cells[SENT][0] != '\0', err);
    if (!is_read)
        answer_said_destroy(said);
    return is_read;
}

bool answer_drafts_load(struct answer_drafts *drafts, const char *path, struct error *err) {
    struct error why = {0};
    struct stat status;
    *drafts = (struct answer_drafts){.path = strdup(path)};
    if (drafts->path == NULL)
        return no_memory(err);
    if (stat(path, &status) != 0 && errno == ENOENT)
        return true;
    const struct csv_options options = {.name = drafts->path,
                                        .columns = columns,
                                        .n_columns = N_COLUMNS,
                                        .on_row = on_row,
                                        .ctx = drafts};
    if (csv_read_file(path, &options, NULL, NULL, &why))
        return true;
    return error_set(err, "the answers kept here cannot be read: %s. Move %s away to begin anew.",
                     why.message, path);
}

static bool add_draft(struct buf *out, const struct answer_draft *draft) {
    char status[FIELD_LABEL_SIZE];
    const char *cells[N_COLUMNS] = {NULL};
    for (int i = 0; i < N_COLUMNS; i++) {
        char **text = text_of(draft->said, i);
        cells[i] = text == NULL ? NULL : *text;
    }
    cells[STATUS] =
        field_enum_label(&shap__v1__return_status__descriptor, (int)draft->said->status, status);
    cells[SENT] = draft->is_sent ? "yes" : NULL;
    return csv_add_row(out, cells, N_COLUMNS, CSV_LF);
}

static bool add_all(struct buf *out, const struct answer_drafts *drafts) {
    const char *names[N_COLUMNS];
    for (int i = 0; i < N_COLUMNS; i++)
        names[i] = columns[i].name;
    if (!csv_add_row(out, names, N_COLUMNS, CSV_LF))
        return false;
    for (size_t i = 0; i < drafts->n; i++) {
        if (!add_draft(out, &drafts->all[i]))
            return false;
    }
    return true;
}

bool answer_drafts_save(const struct answer_drafts *drafts, struct error *err) {
    struct buf text = {0};
    if (drafts->n == 0)
        return unlink(drafts->path) == 0 || errno == ENOENT ||
               error_set_errno(err, errno, "cannot remove %s", drafts->path);
    bool is_saved = (add_all(&text, drafts) || no_memory(err)) &&
                    file_make_parents(drafts->path, err) &&
                    file_write(drafts->path, 0600, buf_bytes(&text), buf_len(&text), err);
    buf_finish(&text);
    return is_saved;
}
