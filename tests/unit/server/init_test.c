#include "server/init.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_code(const char *name, const char *expected) {
    char code[41];
    init_make_code(name, code, sizeof code);
    cr_assert_str_eq(code, expected);
}

Test(init, the_code_of_a_council_is_made_from_what_distinguishes_its_name) {
    assert_code("Copeland Borough Council", "copeland");
    assert_code("City of York Council", "york");
    assert_code("Bath & North East Somerset Council", "bath-north-east-somerset");
    assert_code("Stoke-on-Trent City Council", "stoke-on-trent");
    assert_code("Borough Council", "borough-council");
    assert_code("", "");
}

Test(init, a_code_never_ends_in_a_hyphen_however_it_is_cut) {
    for (size_t size = 1; size < 41; size++) {
        char code[41];
        init_make_code("Bath & North East Somerset Council", code, size);
        cr_assert_lt(strlen(code), size);
        cr_assert(code[0] == '\0' || code[strlen(code) - 1] != '-');
    }
}

Test(init, the_tokens_file_is_new_and_for_its_owner_only) {
    char directory[] = "/tmp/shap-init-XXXXXX";
    char path[64];
    struct stat info;
    struct init_file file;
    struct init_file again;
    struct error err = {0};
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/token", directory);
    cr_assert(init_open(path, &file, &err), "%s", err.message);
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(write(file.fd, "x", 1), 1);
    cr_assert_not(init_open(path, &again, &err));
    cr_assert_not_null(strstr(err.message, "exists already"));
    init_abort(&file);
    cr_assert_neq(access(path, F_OK), 0);
    init_abort(&file);
    cr_assert_eq(rmdir(directory), 0);
}

static bool can_open(const char *path) {
    struct init_file file;
    struct error err = {0};
    bool is_open = init_open(path, &file, &err);
    cr_assert(is_open || strstr(err.message, "exists already"), "%s", err.message);
    if (is_open)
        close(file.fd);
    return is_open;
}

Test(init, an_empty_file_that_a_failed_attempt_left_is_taken_and_no_other) {
    char directory[] = "/tmp/shap-init-XXXXXX";
    char path[64];
    char other[64];
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/token", directory);
    snprintf(other, sizeof other, "%s/other", directory);
    cr_assert(can_open(path));
    cr_assert(can_open(path));
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert_not(can_open(path), "others could read it");
    cr_assert_eq(chmod(path, 0600), 0);
    cr_assert_eq(symlink(path, other), 0);
    cr_assert_not(can_open(other), "a symbolic link was followed");
    cr_assert_eq(unlink(other), 0);
    cr_assert_eq(link(path, other), 0);
    cr_assert_not(can_open(path), "it has another name");
    cr_assert_eq(unlink(other), 0);
    cr_assert_eq(mkfifo(other, 0600), 0);
    cr_assert_not(can_open(other), "a pipe was taken");
    cr_assert_eq(unlink(other), 0);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(directory), 0);
}
