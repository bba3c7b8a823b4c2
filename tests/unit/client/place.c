#include "tests/unit/client/place.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[] = "/tmp/shap-test.XXXXXX";

const char *place_make(void) {
    strcpy(root + strlen(root) - 6, "XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    return root;
}

static void remove_tree(const char *path) {
    char below[1024];
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (unlink(below) != 0)
            remove_tree(below);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

void place_remove(void) {
    remove_tree(root);
}

const char *place_path(const char *name) {
    static char paths[4][1024];
    static size_t next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}
