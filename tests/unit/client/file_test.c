#define _XOPEN_SOURCE 700 // symlink, mkfifo
#include "client/cli/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/client/expect.h"
#include "tests/unit/client/place.h"

static void make(void) {
    place_make();
    umask(022);
}

TestSuite(file, .init = make, .fini = place_remove);

static void write_file(const char *path, mode_t mode, const char *text) {
    struct error err = {0};
    cr_assert(file_write(path, mode, text, strlen(text), &err), "%s", err.message);
}

static void expect_file(const char *path, const char *expected) {
    struct error err = {0};
    struct buf text = {0};
    cr_assert(file_read(path, 1024, &text, NULL, &err), "%s", err.message);
    expect_text(&text, expected);
}

static mode_t mode_of(const char *path) {
    struct stat status;
    cr_assert_eq(lstat(path, &status), 0, "%s", path);
    return status.st_mode;
}

Test(file, a_file_is_replaced_whole) {
    write_file(place_path("a"), 0644, "longer than what comes");
    write_file(place_path("a"), 0644, "short");
    expect_file(place_path("a"), "short");
    cr_assert_eq(mode_of(place_path("a")) & 0777, 0644);
}

Test(file, the_umask_holds) {
    umask(077);
    write_file(place_path("a"), 0644, "x");
    cr_assert_eq(mode_of(place_path("a")) & 0777, 0600);
}

Test(file, a_link_stays_and_its_target_is_replaced) {
    write_file(place_path("target"), 0644, "old");
    cr_assert_eq(symlink("target", place_path("link")), 0);
    write_file(place_path("link"), 0644, "new");
    cr_assert(S_ISLNK(mode_of(place_path("link"))));
    expect_file(place_path("target"), "new");
}

// As root, replacing /dev/null would break the machine.
Test(file, what_is_no_file_is_written_to_and_not_replaced) {
    char text[8] = "";
    const char *path = place_path("pipe");
    cr_assert_eq(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    cr_assert_geq(reader, 0);
    write_file(path, 0644, "bytes");
    cr_assert_eq(read(reader, text, sizeof text), 5);
    cr_assert_str_eq(text, "bytes");
    cr_assert(S_ISFIFO(mode_of(path)));
    close(reader);
}

Test(file, a_directory_is_refused) {
    struct error err = {0};
    cr_assert_eq(mkdir(place_path("d"), 0700), 0);
    cr_assert_not(file_write(place_path("d"), 0644, "x", 1, &err));
    cr_assert(err.is_set);
    cr_assert(S_ISDIR(mode_of(place_path("d"))));
}
