#include "client/cli/config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include "client/cli/file.h"
#include "tests/unit/client/expect.h"
#include "tests/unit/client/place.h"

static void make(void) {
    place_make();
}

TestSuite(config, .init = make, .fini = place_remove);

static void parse(struct config *config, const char *text) {
    struct error err = {0};
    cr_assert(config_parse(config, text, "config", &err), "%s", err.message);
}

static void write_file(const char *path, const char *text) {
    struct error err = {0};
    cr_assert(file_write(path, 0600, text, strlen(text), &err), "%s", err.message);
}

static void expect_file(const char *path, const char *expected) {
    struct error err = {0};
    struct buf text = {0};
    cr_assert(file_read(path, 65536, &text, NULL, &err), "%s", err.message);
    expect_text(&text, expected);
}

Test(config, a_profiles_own_value_beats_the_one_for_all) {
    struct config config = {0};
    parse(&config,
          "# a comment\n; another\r\n\nserver = one\nplan=copeland/2010-11\n"
          "[ home-housing ]\n\tserver =  two = 2 \r\n[other]\nserver = three\nserver = four\n");
    cr_assert_str_eq(config_find(&config, NULL, "server"), "one");
    cr_assert_str_eq(config_find(&config, "nobody", "server"), "one");
    cr_assert_str_eq(config_find(&config, "home-housing", "server"), "two = 2");
    cr_assert_str_eq(config_find(&config, "home-housing", "plan"), "copeland/2010-11");
    cr_assert_str_eq(config_find(&config, "other", "server"), "four", "the last one counts");
    cr_assert_null(config_find(&config, "other", "ca"));
    config_finish(&config);
}

Test(config, a_line_that_makes_no_sense_is_named) {
    struct config config = {0};
    struct error err = {0};
    cr_assert_not(config_parse(&config, "server = one\n\nserver two\n", "the-file", &err));
    cr_assert_not_null(strstr(err.message, "the-file line 3"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "server two"), "%s", err.message);
    config_finish(&config);
}

Test(config, a_file_that_is_not_there_is_empty) {
    struct config config = {0};
    struct error err = {0};
    cr_assert(config_read(&config, place_path("none"), &err));
    cr_assert_eq(config.n_entries, 0);
    config_finish(&config);
}

Test(config, setting_a_key_keeps_every_other_line) {
    struct error err = {0};
    const char *path = place_path("config");
    write_file(path, "# mine\nplan = x\n\n[a]\n# of a\nserver = old\nca = f\n\n[b]\nserver = b\n");
    cr_assert(config_set(path, "a", "server", "new", &err), "%s", err.message);
    expect_file(path, "# mine\nplan = x\n\n[a]\n# of a\nserver = new\nca = f\n\n[b]\nserver = b\n");
    cr_assert(config_set(path, "a", "format", "csv", &err), "%s", err.message);
    expect_file(
        path,
        "# mine\nplan = x\n\n[a]\n# of a\nserver = new\nca = f\nformat = csv\n\n[b]\nserver = b\n");
    cr_assert(config_set(path, "c", "server", "s", &err), "%s", err.message);
    expect_file(
        path,
        "# mine\nplan = x\n\n[a]\n# of a\nserver = new\nca = f\nformat = csv\n\n[b]\nserver = b\n"
        "\n[c]\nserver = s\n");
}

Test(config, of_a_key_that_stands_twice_the_one_that_counts_is_set) {
    struct error err = {0};
    struct config config = {0};
    const char *path = place_path("config");
    write_file(path, "[a]\nserver = first\n[b]\nserver = b\n[a]\nserver = last\nca = f\n");
    cr_assert(config_set(path, "a", "server", "new", &err), "%s", err.message);
    expect_file(path, "[a]\nserver = first\n[b]\nserver = b\n[a]\nserver = new\nca = f\n");
    cr_assert(config_read(&config, path, &err), "%s", err.message);
    cr_assert_str_eq(config_find(&config, "a", "server"), "new");
    config_finish(&config);
}

Test(config, a_file_without_a_last_line_end_gets_one) {
    struct error err = {0};
    const char *path = place_path("config");
    write_file(path, "[a]\nca = f");
    cr_assert(config_set(path, "a", "server", "s", &err), "%s", err.message);
    expect_file(path, "[a]\nca = f\nserver = s\n");
}

Test(config, a_new_file_and_its_directories_are_the_owners_alone) {
    struct error err = {0};
    struct stat stat_of;
    const char *path = place_path("deep/er/config");
    cr_assert(config_set(path, "default", "server", "s", &err), "%s", err.message);
    expect_file(path, "[default]\nserver = s\n");
    cr_assert_eq(stat(path, &stat_of), 0);
    cr_assert_eq(stat_of.st_mode & 0777, 0600);
    cr_assert_eq(stat(place_path("deep/er"), &stat_of), 0);
    cr_assert_eq(stat_of.st_mode & 0777, 0700);
}
