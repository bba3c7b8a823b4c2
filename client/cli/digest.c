#include "client/render/digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "client/cli/file.h"
#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "client/cli/sink.h"
#include "client/render/mail.h"

static const struct column columns[] = {{"organisation", "Body", COLUMN_TEXT},
                                        {"addresses", "To", COLUMN_WRAP}};

static const struct option options[] = {
    OPTION_PLAN_ENTRY,
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "organisation", .value = "CODE", .help = "the letter to that body only"},
    {.name = "output",
     .value = "DIR",
     .help = "write a file CODE.eml for each body into DIR (also -o DIR)"},
    {0}};

static const char between_letters[] =
    "\n========================================================================\n\n";

struct letters {
    struct invocation *invocation;
    const char *directory; // borrowed; NULL: all to the sink
    struct sink sink;
    size_t n;
    int code; // EXIT_OK, or why it ended
};

// Digests are written where none of an earlier run is: sending all that lies there must not write
// to somebody who has answered since.
static bool is_letter(const char *name) {
    size_t len = strlen(name);
    return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".eml") == 0;
}

static int prepare_directory(struct invocation *invocation, const char *directory) {
    bool has_letters = false;
    if (mkdir(directory, 0700) == 0)
        return EXIT_OK;
    if (errno != EEXIST)
        return fail(invocation, EXIT_FAILED, "cannot make the directory %s: %s", directory,
                    strerror(errno));
    DIR *opened = opendir(directory);
    if (opened == NULL)
        return fail(invocation, EXIT_FAILED, "cannot read the directory %s: %s", directory,
                    strerror(errno));
    for (const struct dirent *entry; !has_letters && (entry = readdir(opened)) != NULL;)
        has_letters = is_letter(entry->d_name);
    closedir(opened);
    if (!has_letters)
        return EXIT_OK;
    return fail(invocation, EXIT_FAILED,
                "%s holds letters of an earlier run: take another directory, or remove them first",
                directory);
}

static bool is_file_name(const char *code) {
    return *code != '\0' && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(code);
}

static bool write_letter(struct letters *letters, const char *code, const struct buf *letter) {
    char path[4096];
    struct error err = {0};
    if (!is_file_name(code) ||
        snprintf(path, sizeof path, "%s/%s.eml", letters->directory, code) >= (int)sizeof path) {
        letters->code =
            fail(letters->invocation, EXIT_FAILED, "\"%s\" cannot be the name of a file", code);
        return false;
    }
    if (file_write(path, 0600, buf_bytes(letter), buf_len(letter), &err))
        return true;
    letters->code = fail(letters->invocation, EXIT_FAILED, "%s", err.message);
    return false;
}

static bool print_letter(struct letters *letters, const struct buf *letter) {
    struct buf *out = &letters->sink.bytes;
    return sink_added(&letters->sink, (letters->n == 0 || buf_append_text(out, between_letters)) &&
                                          buf_append(out, buf_bytes(letter), buf_len(letter)));
}

static void warn_of_addresses(struct invocation *invocation, const Shap__V1__Digest *digest) {
    size_t n = 0;
    for (size_t i = 0; i < digest->n_addresses; i++) {
        n += mail_is_address(digest->addresses[i]);
        if (!mail_is_address(digest->addresses[i]))
            say_warning(invocation, "\"%s\" of %s is no e-mail address; left out",
                        digest->addresses[i], digest->organisation);
    }
    if (n == 0)
        say_warning(invocation,
                    "nobody of %s can be written to: shap person add NAME --organisation %s --role "
                    "contributor --email ADDRESS",
                    digest->organisation, digest->organisation);
}

static bool on_digest(void *ctx, const ProtobufCMessage *message) {
    struct letters *letters = ctx;
    const Shap__V1__Digest *digest = (const Shap__V1__Digest *)(const void *)message;
    const char *code = digest->organisation == NULL ? "" : digest->organisation;
    struct buf letter = {0};
    bool is_done = false;
    warn_of_addresses(letters->invocation, digest);
    if (!digest_add(&letter, digest))
        letters->code = fail(letters->invocation, EXIT_FAILED, "not enough memory");
    else if (letters->directory != NULL)
        is_done = write_letter(letters, code, &letter);
    else
        is_done = print_letter(letters, &letter);
    letters->n += is_done;
    buf_finish(&letter);
    return is_done;
}

// Writes a name as a shell takes it for one word; false: no memory.
static bool add_word(struct buf *out, const char *name) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./";
    if (strspn(name, plain) == strlen(name))
        return buf_append_text(out, name);
    bool is_made = buf_append_text(out, "'");
    for (; is_made && *name != '\0'; name++)
        is_made = *name == '\'' ? buf_append_text(out, "'\\''") : buf_append(out, name, 1);
    return is_made && buf_append_text(out, "'");
}

static void say_written(struct invocation *invocation, const struct letters *letters) {
    struct buf word = {0};
    if (add_word(&word, letters->directory) && buf_append(&word, "", 1))
        say(invocation,
            "%zu letter%s in %s. To send them: for f in %s/*.eml; do sendmail -t -oi < \"$f\"; "
            "done",
            letters->n, letters->n == 1 ? "" : "s", letters->directory,
            (const char *)buf_bytes(&word));
    buf_finish(&word);
}

static void say_done(struct invocation *invocation, const struct letters *letters) {
    if (letters->n == 0)
        say(invocation, "Nobody owes anything: no letter.");
    else if (letters->directory == NULL)
        say(invocation,
            "%zu letter%s. To send one: shap digest --organisation CODE | sendmail -t -oi",
            letters->n, letters->n == 1 ? "" : "s");
    else
        say_written(invocation, letters);
}

static int run_letters(struct invocation *invocation, Shap__V1__ListDigestsRequest *request) {
    struct letters letters = {.invocation = invocation,
                              .directory = argument_text(invocation, "output")};
    int code =
        letters.directory == NULL ? EXIT_OK : prepare_directory(invocation, letters.directory);
    if (code != EXIT_OK)
        return code;
    sink_start(&letters.sink, invocation, NULL);
    code = request_fill(invocation, &request->base)
               ? invocation_stream(invocation, &shap__v1__windows__descriptor, "ListDigests",
                                   &request->base, on_digest, &letters)
               : fail(invocation, EXIT_FAILED, "not enough memory");
    request_clear(&request->base);
    code = sink_finish(&letters.sink, letters.code != EXIT_OK ? letters.code : code);
    if (code == EXIT_OK)
        say_done(invocation, &letters);
    return code;
}

static int run(struct invocation *invocation) {
    Shap__V1__ListDigestsRequest request = SHAP__V1__LIST_DIGESTS_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__windows__descriptor,
                                      .method = "ListDigests",
                                      .request = &request.base,
                                      .columns = columns,
                                      .n_columns = 2,
                                      .full_columns = columns,
                                      .n_full_columns = 2};
    return output_format(invocation) == FORMAT_JSON ? listing_run(invocation, &call, NULL)
                                                    : run_letters(invocation, &request);
}

static const struct command commands[] = {
    {.summary = "Letters to the bodies that owe returns, ready for sendmail",
     .details =
         "For the coordinator: one letter for each body that owes something, to its contributors: "
         "what is owed, by when, what was said last, how to answer. Nothing is sent from here, and "
         "there is no letter to a body that owes nothing (any more).",
     .example = "shap digest\n"
                "shap digest --organisation home-housing | sendmail -t -oi\n"
                "shap digest --output letters",
     .options = options,
     .formats = 1u << FORMAT_TABLE | 1u << FORMAT_JSON,
     .run = run},
    {0}};

const struct noun noun_digest = {
    .name = "digest", .summary = "Letters to the bodies that owe returns", .commands = commands};
