// What a user of shap writes: the configuration file, a server's address, a day. A setting that is
// written into a file is found there, and every other one stays.
//
// Input: a byte for the kind, the text. There is one file, and it is kept in memory.
#include "client/cli/config.h"
#include "client/cli/file.h"
#include "client/import/day.h"
#include "client/lib/address.h"
#include "tests/fuzz/fuzz_file.h"

#define TODAY "2010-12-17"

static struct buf the_file;

bool file_read(const char *path, size_t limit, struct buf *out, bool *is_missing,
               struct error *err) {
    (void)path;
    (void)limit;
    (void)err;
    *is_missing = false;
    return buf_append(out, buf_bytes(&the_file), buf_len(&the_file));
}

bool file_write(const char *path, mode_t mode, const void *bytes, size_t len, struct error *err) {
    (void)path;
    (void)mode;
    (void)err;
    buf_clear(&the_file);
    return buf_append(&the_file, bytes, len);
}

bool file_make_parents(const char *path, struct error *err) {
    (void)path;
    (void)err;
    return true;
}

// ---- the configuration

static void check_kept(const struct config *before, const struct config *after) {
    for (size_t i = 0; i < before->n_entries; i++) {
        const struct config_entry *entry = &before->entries[i];
        bool is_set = entry->profile != NULL && strcmp(entry->profile, "p") == 0 &&
                      strcmp(entry->key, "server") == 0;
        const char *was = config_find(before, entry->profile, entry->key);
        const char *is = config_find(after, entry->profile, entry->key);
        FUZZ_CHECK(was != NULL && is != NULL && (is_set || strcmp(was, is) == 0));
    }
}

static void check_set(const struct config *before) {
    struct config after = {0};
    struct error err = {0};
    FUZZ_CHECK(config_set("f", "p", "server", "a:1", &err));
    FUZZ_CHECK(config_read(&after, "f", &err));
    const char *value = config_find(&after, "p", "server");
    FUZZ_CHECK(value != NULL && strcmp(value, "a:1") == 0);
    check_kept(before, &after);
    config_finish(&after);
}

static void check_config(const char *text) {
    struct config config = {0};
    struct error err = {0};
    buf_clear(&the_file);
    FUZZ_CHECK(buf_append(&the_file, text, strlen(text)));
    bool is_read = config_read(&config, "f", &err);
    FUZZ_CHECK(is_read != err.is_set);
    if (is_read)
        check_set(&config);
    config_finish(&config);
}

// ---- one value

static void check_address(const char *text) {
    struct address address;
    struct error err = {0};
    bool is_parsed = address_parse(text, &address, &err);
    FUZZ_CHECK(is_parsed != err.is_set);
    if (!is_parsed)
        return;
    FUZZ_CHECK(address.host[0] != '\0' && address.is_unix == (address.host[0] == '/'));
    FUZZ_CHECK(address.is_unix == (address.port[0] == '\0'));
    FUZZ_CHECK(address.is_tls || address.is_unix || address_is_loopback(address.host));
}

// What was understood is itself when it is read again.
static void check_day(const char *text) {
    char iso[DAY_SIZE], again[DAY_SIZE];
    struct error err = {0};
    bool is_parsed = day_parse(text, TODAY, iso, &err);
    FUZZ_CHECK(is_parsed != err.is_set);
    FUZZ_CHECK(!is_parsed || (day_parse(iso, TODAY, again, &err) && strcmp(iso, again) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static void (*const checks[])(const char *) = {check_config, check_address, check_day};
    struct fuzz_input input = {bytes, len};
    uint8_t kind = fuzz_byte(&input) % 3;
    char *text = fuzz_text(input);
    checks[kind](text);
    free(text);
    return 0;
}
