// Who works in a data directory.
#include "server/cluster.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char data[] = "/tmp/shap-cluster.XXXXXX";

// Nothing is mounted on /proc.
DIR *opendir(const char *path) {
    (void)path;
    errno = ENOENT;
    return NULL;
}

static void write_lock(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fprintf(file, "%ld\n", (long)pid);
    fclose(file);
}

Test(cluster, where_processes_cannot_be_listed_the_lock_file_is_believed, .timeout = 30) {
    cr_assert_not_null(mkdtemp(data));
    cr_assert_eq(cluster_find_process(data), 0);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    write_lock(child);
    cr_expect_eq(cluster_find_process(data), child);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_expect_eq(cluster_find_process(data), 0);
    char path[64];
    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    unlink(path);
    rmdir(data);
}
