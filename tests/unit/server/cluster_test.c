// Who works in a data directory, and what its lock file says.
#include "server/cluster.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

// Nor is there memory.
FILE *fopen(const char *path, const char *mode) {
    (void)path;
    (void)mode;
    errno = ENOMEM;
    return NULL;
}

static void open_data(void) {
    cr_assert_not_null(mkdtemp(data));
}

static void remove_data(void) {
    char path[64];
    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    unlink(path);
    rmdir(data);
}

TestSuite(cluster, .init = open_data, .fini = remove_data);

static void write_lock(pid_t pid, const char *rest) {
    char path[64];
    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    dprintf(fd, "%ld\n%s", (long)pid, rest);
    close(fd);
}

Test(cluster, where_processes_cannot_be_listed_the_lock_file_is_believed, .timeout = 30) {
    cr_assert_eq(cluster_find_process(data), 0);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    write_lock(child, "");
    cr_expect_eq(cluster_find_process(data), child);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_expect_eq(cluster_find_process(data), 0);
}

// The state that the lock file tells.
static bool is_ready(const char *rest) {
    bool is_so = true;
    write_lock(7433, rest);
    cr_expect_eq(cluster_read_pid(data, &is_so), 7433);
    return is_so;
}

Test(cluster, that_it_is_ready_is_read_without_memory) {
    cr_expect(is_ready("/data\n1293840000\n5432\n/socket\n\n  17  4\nready   \n"));
    cr_expect_not(is_ready("/data\n1293840000\n5432\n/socket\n\n  17  4\nstarting\n"));
    cr_expect_not(is_ready("/data\n1293840000\n5432\n/socket\nready\n"));
    cr_expect_not(is_ready(""));
}
