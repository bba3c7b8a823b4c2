#include "client/cli/token_file.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client/cli/file.h"
#include "tests/unit/client/expect.h"
#include "tests/unit/client/place.h"

static void make(void) {
    place_make();
}

TestSuite(token_file, .init = make, .fini = place_remove);

static unsigned mode_of(const char *path) {
    struct stat stat_of;
    cr_assert_eq(stat(path, &stat_of), 0, "%s", path);
    return stat_of.st_mode & 0777;
}

Test(token_file, a_token_is_kept_for_its_owner_alone) {
    struct error err = {0};
    struct buf token = {0};
    bool is_missing, is_open;
    const char *path = place_path("shap/tokens/default");
    cr_assert(token_file_write(path, "shap_abc", 0, &err), "%s", err.message);
    cr_assert_eq(mode_of(path), 0600);
    cr_assert_eq(mode_of(place_path("shap/tokens")), 0700);
    cr_assert(token_file_read(path, &token, &is_missing, &is_open, &err), "%s", err.message);
    cr_assert_str_eq((const char *)buf_bytes(&token), "shap_abc");
    cr_assert_not(is_open);
    buf_finish(&token);
    cr_assert(token_file_remove(path, &err));
    cr_assert(token_file_remove(path, &err), "removing what is not there is no failure");
    cr_assert_not(token_file_read(path, &token, &is_missing, &is_open, &err));
    cr_assert(is_missing);
    cr_assert_not(err.is_set);
}

Test(token_file, the_first_word_counts_and_open_files_are_noticed) {
    struct error err = {0};
    struct buf token = {0};
    bool is_missing, is_open;
    const char *path = place_path("token");
    cr_assert(file_write(path, 0644, "shap_abc\r\nmore\n", 15, &err));
    cr_assert(token_file_read(path, &token, &is_missing, &is_open, &err));
    cr_assert(is_open);
    expect_text(&token, "shap_abc");
}

Test(token_file, the_number_of_its_membership_stands_beside_it) {
    struct error err = {0};
    struct buf token = {0};
    bool is_missing, is_open;
    const char *path = place_path("token");
    cr_assert(token_file_write(path, "shap_abc", 9000000000012, &err), "%s", err.message);
    cr_assert(token_file_read(path, &token, &is_missing, &is_open, &err), "%s", err.message);
    expect_text(&token, "shap_abc");
    cr_assert_eq(token_file_membership(path), 9000000000012);
    struct buf text = {0};
    cr_assert(file_read(path, 100, &text, &is_missing, &err));
    cr_assert(buf_append(&text, "", 1));
    expect_text(&text, "shap_abc\n"); // other people's programs read it, too
    cr_assert(token_file_write(path, "shap_def", 0, &err));
    cr_assert_eq(token_file_membership(path), 0, "another token was put in its place");
    cr_assert(token_file_write(path, "shap_abc", 7, &err));
    cr_assert_eq(token_file_membership(path), 7);
    cr_assert(token_file_remove(path, &err));
    cr_assert(token_file_write(path, "shap_abc", 0, &err));
    cr_assert_eq(token_file_membership(path), 0);
    cr_assert_eq(token_file_membership(place_path("nowhere")), 0);
}

Test(token_file, an_empty_or_a_huge_file_is_no_token) {
    struct error err = {0};
    struct buf token = {0};
    bool is_missing, is_open;
    char huge[8192];
    memset(huge, 'a', sizeof huge);
    cr_assert(file_write(place_path("empty"), 0600, "\n", 1, &err));
    cr_assert(file_write(place_path("huge"), 0600, huge, sizeof huge, &err));
    cr_assert_not(token_file_read(place_path("empty"), &token, &is_missing, &is_open, &err));
    cr_assert(err.is_set);
    error_clear(&err);
    cr_assert_not(token_file_read(place_path("huge"), &token, &is_missing, &is_open, &err));
    cr_assert(err.is_set);
    buf_finish(&token);
}

Test(token_file, the_same_invitation_gets_the_same_token_until_it_is_accepted) {
    struct error err = {0};
    char one[SHAP_TOKEN_SIZE], two[SHAP_TOKEN_SIZE];
    const char *path = place_path("tokens/default");
    cr_assert(token_file_prepare(path, "invitation-1", one, &err), "%s", err.message);
    cr_assert_eq(mode_of(place_path("tokens/default.pending")), 0600);
    cr_assert(token_file_prepare(path, "invitation-1", two, &err), "%s", err.message);
    cr_assert_str_eq(one, two);
    cr_assert(token_file_prepare(path, "invitation-2", two, &err), "%s", err.message);
    cr_assert_str_neq(one, two, "another invitation gets another token");
    cr_assert(token_file_prepare(path, "invitation-1", two, &err), "%s", err.message);
    cr_assert_str_eq(one, two, "another invitation in between loses nothing");
    cr_assert(token_file_write(path, two, 0, &err));
    cr_assert_neq(access(place_path("tokens/default.pending"), F_OK), 0,
                  "nothing is pending any more");
}

Test(token_file, the_latest_sixteen_invitations_are_pending) {
    struct error err = {0};
    char first[SHAP_TOKEN_SIZE], second[SHAP_TOKEN_SIZE], token[SHAP_TOKEN_SIZE], name[32];
    const char *path = place_path("default");
    cr_assert(token_file_prepare(path, "1", first, &err), "%s", err.message);
    cr_assert(token_file_prepare(path, "2", second, &err), "%s", err.message);
    for (int i = 3; i <= 17; i++) {
        snprintf(name, sizeof name, "%d", i);
        cr_assert(token_file_prepare(path, name, token, &err), "%s", err.message);
    }
    cr_assert(token_file_prepare(path, "2", token, &err), "%s", err.message);
    cr_assert_str_eq(token, second);
    cr_assert(token_file_prepare(path, "1", token, &err), "%s", err.message);
    cr_assert_str_neq(token, first);
}

Test(token_file, a_pending_file_that_was_cut_off_is_made_anew) {
    struct error err = {0};
    char token[SHAP_TOKEN_SIZE];
    for (size_t len = 0; len < 80; len += 7) {
        char text[80];
        memset(text, 'x', sizeof text);
        cr_assert(file_write(place_path("default.pending"), 0600, text, len, &err));
        cr_assert(token_file_prepare(place_path("default"), "invitation", token, &err), "%s",
                  err.message);
        cr_assert_eq(strlen(token), 69);
    }
}

Test(token_file, a_directory_that_cannot_be_written_is_told) {
    struct error err = {0};
    char token[SHAP_TOKEN_SIZE];
    cr_assert(file_write(place_path("file"), 0600, "x", 1, &err));
    cr_assert_not(token_file_prepare(place_path("file/tokens/default"), "invitation", token, &err));
    cr_assert(err.is_set);
}
