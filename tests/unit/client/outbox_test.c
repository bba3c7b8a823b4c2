#define _DEFAULT_SOURCE // syscall

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "client/cli/file.h"
#include "client/cli/outbox_all.h"
#include "client/cli/outbox_entry.h"
#include "client/cli/outbox_post.h"
#include "tests/unit/client/expect.h"
#include "tests/unit/client/place.h"

static struct invocation invocation;
static char directory[1024], said[8192];
static const char one[] = "00000000-0000-4000-8000-000000000001";
static const char two[] = "00000000-0000-4000-8000-000000000002";

static bool has_no_locks; // the file system knows of none

int flock(int fd, int operation);
int flock(int fd, int operation) {
    if (has_no_locks) {
        errno = EBADF; // as NFS says where a file is open for reading only
        return -1;
    }
    return (int)syscall(SYS_flock, fd, operation);
}

static void sign_in(const char *profile, const char *server, uint8_t token) {
    snprintf(invocation.settings.profile, sizeof invocation.settings.profile, "%s", profile);
    invocation.settings.values[SETTING_SERVER] = server;
    invocation.has_token_hash = true;
    memset(invocation.token_hash, token, sizeof invocation.token_hash);
}

static void make(void) {
    place_make();
    snprintf(directory, sizeof directory, "%s", place_path("state/outbox"));
    memset(said, 0, sizeof said);
    FILE *to = fmemopen(said, sizeof said - 1, "w");
    cr_assert_not_null(to);
    setvbuf(to, NULL, _IONBF, 0);
    invocation_init(&invocation, to, to, NULL);
    invocation.settings.outbox_path = strdup(directory);
    sign_in("default", "shap.example", 1);
}

static void clean_up(void) {
    fclose(invocation.err);
    invocation_finish(&invocation);
    place_remove();
}

TestSuite(outbox, .init = make, .fini = clean_up);

static Shap__V1__SubmitReturnRequest request(const char *id, const char *note) {
    Shap__V1__SubmitReturnRequest made = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    made.return_id = (char *)(uintptr_t)id;
    made.reference = (char *)(uintptr_t) "SH1.1/1/1";
    made.note = (char *)(uintptr_t)note;
    made.as_of = (char *)(uintptr_t) "2010-12-20";
    return made;
}

static struct outbox_post *begin(const char *id, const char *note) {
    Shap__V1__SubmitReturnRequest made = request(id, note);
    const Shap__V1__SubmitReturnRequest *const requests[] = {&made};
    return outbox_post_begin(&invocation, requests, 1);
}

static void answer(struct outbox_post *post, size_t i, enum shap_stage stage,
                   enum grpc_status status, bool from_server) {
    struct shap_outcome outcome = {.stage = stage, .status = status, .from_server = from_server};
    snprintf(outcome.message, sizeof outcome.message, "why");
    outbox_post_answered(post, i, &outcome);
}

// Posts one, lets its call end so, and returns how many wait of it.
static size_t post(const char *id, const char *note, enum shap_stage stage, enum grpc_status status,
                   bool from_server) {
    struct outbox_post *begun = begin(id, note);
    cr_assert_not_null(begun);
    answer(begun, 0, stage, status, from_server);
    return outbox_post_end(begun);
}

// "ID arrival; ID arrival", of everything there is, in its order.
static void expect_waiting(const char *expected) {
    struct outbox_all all;
    struct outbox_place place = {.all = &all};
    struct buf text = {0};
    Shap__Client__Waiting *entry;
    bool is_in_use;
    cr_assert(outbox_all_open(&all, &invocation, true), "%s", said);
    while (outbox_all_look(&place, &entry, &is_in_use))
        cr_assert(buf_format(&text, "%s%s %d%s", buf_len(&text) > 0 ? "; " : "",
                             entry->said->return_id + 35, (int)entry->arrival,
                             is_in_use ? " used" : ""));
    outbox_all_finish(&all);
    expect_text(&text, expected);
}

enum { MAYBE = 1, NOT = 2, REFUSED = 3 };

Test(outbox, a_return_is_on_disk_before_it_is_sent_and_gone_when_it_is_answered) {
    struct stat status;
    struct outbox_post *begun = begin(one, "x");
    expect_waiting("1 1 used");
    char **paths;
    size_t n;
    struct error err = {0};
    cr_assert(outbox_file_list(directory, &paths, &n, &err), "%s", err.message);
    cr_assert_eq(n, 1);
    cr_assert_eq(stat(paths[0], &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(stat(directory, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0700);
    outbox_file_list_finish(paths, n);
    answer(begun, 0, SHAP_STAGE_CALL, GRPC_OK, true);
    cr_assert_eq(outbox_post_end(begun), 0);
    expect_waiting("");
    cr_assert_str_eq(said, "");
}

Test(outbox, what_waits_says_whether_it_may_have_arrived) {
    static const struct {
        enum shap_stage stage;
        enum grpc_status status;
        bool from_server;
        const char *waiting;
    } rows[] = {
        {SHAP_STAGE_RESOLVE, GRPC_UNAVAILABLE, false, "1 2"},
        {SHAP_STAGE_CONNECT, GRPC_CANCELLED, false, "1 2"},
        {SHAP_STAGE_TLS, GRPC_UNAVAILABLE, false, "1 2"},
        {SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false, "1 1"},
        {SHAP_STAGE_CALL, GRPC_UNAVAILABLE, true, "1 1"},
        {SHAP_STAGE_CALL, GRPC_DEADLINE_EXCEEDED, false, "1 1"},
        {SHAP_STAGE_CALL, GRPC_INTERNAL, true, "1 1"},
        {SHAP_STAGE_CALL, GRPC_UNAUTHENTICATED, true, "1 2"},
        {SHAP_STAGE_CALL, GRPC_RESOURCE_EXHAUSTED, true, "1 2"},
        // Refusals are in hand.
        {SHAP_STAGE_CALL, GRPC_INVALID_ARGUMENT, true, ""},
        {SHAP_STAGE_CALL, GRPC_NOT_FOUND, true, ""},
        {SHAP_STAGE_CALL, GRPC_PERMISSION_DENIED, true, ""},
        {SHAP_STAGE_CALL, GRPC_ALREADY_EXISTS, true, ""},
        {SHAP_STAGE_CALL, GRPC_FAILED_PRECONDITION, true, ""},
        // What only looks like one is not.
        {SHAP_STAGE_CALL, GRPC_NOT_FOUND, false, "1 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = post(one, "x", rows[i].stage, rows[i].status, rows[i].from_server);
        cr_assert_eq(n, rows[i].waiting[0] == '\0' ? 0 : 1, "row %zu", i);
        expect_waiting(rows[i].waiting);
        cr_assert_eq(post(one, "x", SHAP_STAGE_CALL, GRPC_OK, true), 0);
        expect_waiting("");
    }
}

Test(outbox, of_several_the_unanswered_wait_and_those_never_called_have_not_arrived) {
    Shap__V1__SubmitReturnRequest all[] = {request(one, "a"), request(two, "b"),
                                           request("00000000-0000-4000-8000-000000000003", "c")};
    const Shap__V1__SubmitReturnRequest *const requests[] = {&all[0], &all[1], &all[2]};
    struct outbox_post *begun = outbox_post_begin(&invocation, requests, 3);
    cr_assert_not_null(begun);
    answer(begun, 1, SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    answer(begun, 0, SHAP_STAGE_CALL, GRPC_OK, true);
    cr_assert_eq(outbox_post_end(begun), 2);
    expect_waiting("2 1; 3 2");
}

Test(outbox, what_a_killed_process_was_sending_may_have_arrived) {
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        (void)begin(one, "x");
        _exit(0);
    }
    cr_assert_eq(waitpid(child, NULL, 0), child);
    expect_waiting("1 1");
}

Test(outbox, what_was_left_is_settled_by_sending_the_same_again) {
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    // It waits once, and what was known of it is not forgotten.
    post(one, "x", SHAP_STAGE_CONNECT, GRPC_UNAVAILABLE, false);
    expect_waiting("1 1");
    // Other words under its id are another matter.
    post(one, "y", SHAP_STAGE_CALL, GRPC_OK, true);
    expect_waiting("1 1");
    post(one, "x", SHAP_STAGE_CALL, GRPC_OK, true);
    expect_waiting("");
}

Test(outbox, what_waits_is_kept_where_files_cannot_be_locked) {
    has_no_locks = true;
    cr_assert_eq(post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false), 1);
    expect_waiting("1 1");
    cr_assert_eq(post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false), 1);
    expect_waiting("1 1");
    cr_assert_eq(post(one, "x", SHAP_STAGE_CALL, GRPC_OK, true), 0);
    expect_waiting("");
}

Test(outbox, more_files_wait_than_a_process_may_open_by_default) {
    enum { FILES = 40 };
    struct rlimit few = {.rlim_cur = 32, .rlim_max = 1024};
    struct outbox_all all;
    char id[SHAP_UUID_SIZE];
    for (int i = 0; i < FILES; i++) {
        snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", i);
        post(id, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    }
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    cr_assert(outbox_all_open(&all, &invocation, true));
    cr_assert_eq(all.n_files, FILES);
    for (size_t i = 0; i < FILES; i++)
        cr_assert_eq(all.found[i], OUTBOX_FOUND, "%zu: %s", i, said);
    int spare = dup(1);
    cr_assert_geq(spare, 0, "none is left to reach a server with");
    close(spare);
    outbox_all_finish(&all);
}

Test(outbox, another_sign_in_or_server_settles_nothing) {
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    sign_in("default", "shap.example", 2);
    post(one, "x", SHAP_STAGE_CALL, GRPC_OK, true);
    expect_waiting("1 1");
    sign_in("default", "other.example", 1);
    post(one, "x", SHAP_STAGE_CALL, GRPC_OK, true);
    expect_waiting("1 1");
    sign_in("default", "other.example, shap.example:443", 1);
    post(one, "x", SHAP_STAGE_CALL, GRPC_OK, true);
    expect_waiting("");
}

static const char *found_same(const char *note, const char *as_of) {
    static char id[SHAP_UUID_SIZE];
    Shap__V1__SubmitReturnRequest made = request(NULL, note);
    made.as_of = (char *)(uintptr_t)as_of;
    return outbox_post_find_same(&invocation, &made, id) ? id : NULL;
}

Test(outbox, what_is_typed_again_is_the_same_return) {
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    cr_assert_str_eq(found_same("x", "2010-12-20"), one);
    cr_assert_null(found_same("y", "2010-12-20"));
    cr_assert_null(found_same("x", "2010-12-21"));
    cr_assert_null(found_same("x", NULL));
    sign_in("default", "shap.example", 2);
    cr_assert_null(found_same("x", "2010-12-20"));
}

static Shap__Client__Waiting entry_of(struct outbox_owner *owner) {
    Shap__Client__Waiting entry = SHAP__CLIENT__WAITING__INIT;
    outbox_entry_fill(&entry, owner);
    return entry;
}

Test(outbox, an_entry_is_of_its_token_or_of_its_membership_at_the_same_server) {
    struct outbox_owner owner, other;
    cr_assert(outbox_owner_of(&invocation, &owner));
    owner.membership_id = 12;
    const Shap__Client__Waiting entry = entry_of(&owner);
    other = owner;
    other.token_hash[31] ^= 1;
    cr_assert(outbox_entry_is_of(&entry, &other), "a new token of the same membership");
    other.server = "other.example";
    cr_assert_not(outbox_entry_is_of(&entry, &other), "numbers of another installation");
    other.server = owner.server;
    other.membership_id = 13;
    cr_assert_not(outbox_entry_is_of(&entry, &other));
    other.membership_id = owner.membership_id = 0;
    const Shap__Client__Waiting unknown = entry_of(&owner);
    cr_assert_not(outbox_entry_is_of(&unknown, &other), "nobody is nobody");
    cr_assert(outbox_entry_is_of(&unknown, &owner));
}

Test(outbox, nothing_can_be_kept_where_nothing_can_be_written_and_that_is_said) {
    struct error err = {0};
    cr_assert(file_write(place_path("state"), 0600, "a file", 6, &err));
    cr_assert_null(begin(one, "x"));
    cr_assert_not_null(strstr(said, "cannot be kept in the outbox"), "%s", said);
    cr_assert_not_null(strstr(said, "is sent all the same"), "%s", said);
    answer(NULL, 0, SHAP_STAGE_CALL, GRPC_OK, true);
    cr_assert_eq(outbox_post_end(NULL), 0);
}

// ---- Files that are damaged, in the way, or in use

static const char *only_file(void) {
    static char path[1024];
    char **paths;
    size_t n;
    struct error err = {0};
    cr_assert(outbox_file_list(directory, &paths, &n, &err), "%s", err.message);
    cr_assert_eq(n, 1);
    snprintf(path, sizeof path, "%s", paths[0]);
    outbox_file_list_finish(paths, n);
    return path;
}

static void overwrite(const char *path, const void *bytes, size_t len) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    cr_assert_eq(fclose(file), 0);
}

static enum outbox_found found_at(const char *path) {
    struct outbox_file file;
    struct error err = {0};
    enum outbox_found found = outbox_file_open(&file, path, &err);
    cr_assert_eq(err.is_set, found == OUTBOX_DAMAGED, "%s", err.message);
    cr_assert_eq(file.content != NULL, found == OUTBOX_FOUND);
    outbox_file_finish(&file);
    return found;
}

Test(outbox, a_file_cut_or_changed_anywhere_is_damaged) {
    struct error err = {0};
    struct buf whole = {0};
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    const char *path = only_file();
    cr_assert(file_read(path, 65536, &whole, NULL, &err));
    cr_assert_eq(found_at(path), OUTBOX_FOUND);
    for (size_t len = 0; len < buf_len(&whole); len++) {
        overwrite(path, buf_bytes(&whole), len);
        cr_assert_eq(found_at(path), OUTBOX_DAMAGED, "the first %zu bytes", len);
    }
    for (size_t at = 0; at < buf_len(&whole); at++) {
        whole.data[whole.start + at] ^= 1;
        overwrite(path, buf_bytes(&whole), buf_len(&whole));
        cr_assert_eq(found_at(path), OUTBOX_DAMAGED, "byte %zu", at);
        whole.data[whole.start + at] ^= 1;
    }
    buf_finish(&whole);
}

Test(outbox, what_is_half_written_is_no_file_of_it) {
    struct error err = {0};
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    struct buf beside = {0};
    cr_assert(buf_format(&beside, "%s.AbCdEf", only_file()) && buf_append(&beside, "", 1));
    overwrite((const char *)buf_bytes(&beside), "shap", 4);
    cr_assert(file_write(place_path("state/outbox/.returns"), 0600, "x", 1, &err));
    cr_assert(file_write(place_path("state/outbox/notes"), 0600, "x", 1, &err));
    expect_waiting("1 1");
    buf_finish(&beside);
}

Test(outbox, a_damaged_file_is_told_and_hides_no_other) {
    struct outbox_count count;
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    overwrite(only_file(), "shap outbox 1\n", 14);
    post(two, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    expect_waiting("2 1");
    cr_assert_not_null(strstr(said, "is damaged"), "%s", said);
    cr_assert(outbox_count(&invocation, &count));
    cr_assert_eq(count.n_waiting, 1);
    cr_assert_eq(count.n_damaged, 1);
}

Test(outbox, who_holds_a_file_keeps_it_while_it_is_written_anew) {
    struct outbox_file file, other;
    struct error err = {0};
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    cr_assert_eq(outbox_file_open(&file, only_file(), &err), OUTBOX_FOUND);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(outbox_file_open(&other, only_file(), &err), OUTBOX_IN_USE);
        cr_assert_not_null(other.content, "it can be looked at");
        outbox_file_finish(&other);
        cr_assert(outbox_file_write(&file, file.content, &err), "%s", err.message);
    }
    cr_assert(outbox_file_remove(&file, &err));
    cr_assert(outbox_file_remove(&file, &err), "removing what is gone is no failure");
    cr_assert_eq(outbox_file_open(&other, file.path, &err), OUTBOX_GONE);
    outbox_file_finish(&other);
    outbox_file_finish(&file);
}

Test(outbox, a_line_says_what_waits_and_what_to_type) {
    struct outbox_count count;
    cr_assert_not(outbox_count(&invocation, &count));
    post(one, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    sign_in("copeland", "shap.example", 3);
    cr_assert(outbox_count(&invocation, &count));
    cr_assert_eq(count.n_of_others, 1);
    outbox_say(&invocation, &count);
    cr_assert_not_null(strstr(said, "shap --as default outbox resume"), "%s", said);
    post(two, "x", SHAP_STAGE_CALL, GRPC_UNAVAILABLE, false);
    cr_assert(outbox_count(&invocation, &count));
    cr_assert_eq(count.n_waiting, 1);
    outbox_say(&invocation, &count);
    cr_assert_not_null(strstr(said, "shap --as copeland outbox resume"), "%s", said);
}
