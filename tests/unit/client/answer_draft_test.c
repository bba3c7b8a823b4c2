#include "client/cli/answer_draft.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "client/cli/file.h"
#include "tests/unit/client/place.h"

static char path[1024];

static void make(void) {
    place_make();
    snprintf(path, sizeof path, "%s", place_path("state/shap/answers/me-copeland-4.csv"));
}

TestSuite(answer_draft, .init = make, .fini = place_remove);

static Shap__V1__SubmitReturnRequest *said_of(const char *reference, const char *note) {
    Shap__V1__SubmitReturnRequest *said = answer_said_create("copeland/2010-11", reference);
    cr_assert_not_null(said);
    said->has_status = 1;
    said->status = SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS;
    cr_assert(answer_said_set(&said->as_of, "2010-12-31", 10));
    cr_assert(answer_said_set(&said->note, note, strlen(note)));
    return said;
}

static void load(struct answer_drafts *drafts) {
    struct error err = {0};
    cr_assert(answer_drafts_load(drafts, path, &err), "%s", err.message);
}

static void save(const struct answer_drafts *drafts) {
    struct error err = {0};
    cr_assert(answer_drafts_save(drafts, &err), "%s", err.message);
}

static void put(struct answer_drafts *drafts, const char *reference, const char *note) {
    struct error err = {0};
    cr_assert(answer_drafts_put(drafts, said_of(reference, note), &err), "%s", err.message);
}

Test(answer_draft, what_is_kept_is_found_again_word_for_word) {
    static const char note[] = " Two, \"of four\";\nare done: caf\xc3\xa9.\\";
    struct answer_drafts drafts, again;
    load(&drafts);
    cr_assert_eq(drafts.n, 0);
    put(&drafts, "SH1.1/1/1", note);
    put(&drafts, "SH1.1/1/2", "");
    drafts.all[1].is_sent = true;
    save(&drafts);
    load(&again);
    cr_assert_eq(again.n, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(again.all[i].is_sent, i == 1);
        cr_assert_str_eq(again.all[i].said->return_id, drafts.all[i].said->return_id);
        cr_assert_eq(again.all[i].said->status, SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS);
        cr_assert_str_eq(again.all[i].said->as_of, "2010-12-31");
    }
    cr_assert_str_eq(again.all[0].said->note, note);
    cr_assert_null(again.all[1].said->note);
    cr_assert_null(again.all[0].said->new_date);
    answer_drafts_finish(&drafts);
    answer_drafts_finish(&again);
}

Test(answer_draft, the_file_is_its_owners_alone_and_goes_when_nothing_is_left) {
    struct answer_drafts drafts;
    struct stat status;
    load(&drafts);
    save(&drafts);
    cr_assert_neq(stat(path, &status), 0, "nothing to keep makes no file");
    put(&drafts, "SH1.1/1/1", "x");
    save(&drafts);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    answer_drafts_remove(&drafts, &drafts.all[0]);
    save(&drafts);
    cr_assert_neq(stat(path, &status), 0);
    answer_drafts_finish(&drafts);
}

Test(answer_draft, a_milestone_has_one_draft_and_keeps_its_id) {
    struct answer_drafts drafts;
    char id[64];
    load(&drafts);
    put(&drafts, "SH1.1/1/1", "first");
    put(&drafts, "SH1.1/1/2", "other");
    snprintf(id, sizeof id, "%s", drafts.all[0].said->return_id);
    cr_assert_str_neq(drafts.all[1].said->return_id, id);
    put(&drafts, "SH1.1/1/1", "second");
    cr_assert_eq(drafts.n, 2);
    cr_assert_str_eq(drafts.all[0].said->note, "second");
    cr_assert_str_eq(drafts.all[0].said->return_id, id);
    cr_assert_eq(answer_drafts_find(&drafts, "copeland/2010-11", "SH1.1/1/2"), &drafts.all[1]);
    cr_assert_null(answer_drafts_find(&drafts, "copeland/2011-12", "SH1.1/1/2"));
    answer_drafts_remove(&drafts, &drafts.all[0]);
    cr_assert_str_eq(drafts.all[0].said->note, "other");
    answer_drafts_finish(&drafts);
}

Test(answer_draft, a_file_that_makes_no_sense_is_told_and_left_alone) {
    static const char *const texts[] = {
        "reference,status\nSH1.1/1/1,complete\n",
        "plan,reference,status,as_of,id,sent,note,new_date,reason,evidence\n"
        "p,SH1.1/1/1,perhaps,2010-12-31,i,,,,,\n",
        "plan,reference,status,as_of,id,sent,note,new_date,reason,evidence\n"
        "p,SH1.1/1/1,complete,2010-12-31,,,,,,\n",
        "\xff\xfe",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct answer_drafts drafts;
        struct error err = {0};
        cr_assert(file_make_parents(path, &err) &&
                  file_write(path, 0600, texts[i], strlen(texts[i]), &err));
        cr_assert_not(answer_drafts_load(&drafts, path, &err), "%zu", i);
        cr_assert_not_null(strstr(err.message, "to begin anew"), "%s", err.message);
        answer_drafts_finish(&drafts);
    }
}
