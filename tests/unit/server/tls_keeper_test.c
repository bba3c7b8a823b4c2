#include "server/tls_keeper.h"

#include "server/base/log.h"
#include "tests/unit/net/tls_kit.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

// Of the process above the loops, and of one loop.
static struct tls_keeper above, loop;

static void open_both(void) {
    const struct tls_options options = tls_kit_options();
    log_set_level(LOG_ERROR);
    tls_kit_open();
    tls_keeper_init(&above, tls_context_create(&options, &kit.err));
    tls_keeper_init(&loop, tls_context_create(&options, &kit.err));
    cr_assert(above.tls != NULL && loop.tls != NULL, "%s", kit.err.message);
}

static void close_both(void) {
    tls_context_destroy(above.tls);
    tls_context_destroy(loop.tls);
    tls_kit_close();
}

TestSuite(tls_keeper, .init = open_both, .fini = close_both);

static struct tls_tickets keys_of(const struct tls_keeper *keeper) {
    struct tls_tickets keys;
    tls_context_give_tickets(keeper->tls, &keys);
    return keys;
}

static bool are_together(void) {
    struct tls_tickets one = keys_of(&above), other = keys_of(&loop);
    return memcmp(&one, &other, sizeof one) == 0;
}

static bool follow(bool is_reload) {
    struct tls_tickets keys = keys_of(&above);
    return tls_keeper_follow(&loop, &keys, is_reload);
}

static void hide_certificate(bool is_hidden) {
    char hidden[128];
    const char *file = kit.files.certificate_file;
    snprintf(hidden, sizeof hidden, "%s.hidden", file);
    cr_assert_eq(rename(is_hidden ? file : hidden, is_hidden ? hidden : file), 0);
}

Test(tls_keeper, one_that_follows_has_the_keys_of_every_hour) {
    cr_assert_not(are_together());
    for (int hour = 0; hour < 3; hour++) {
        tls_keeper_hour(&above);
        cr_assert_not(are_together());
        cr_assert_not(follow(false));
        cr_assert(are_together());
    }
}

Test(tls_keeper, one_that_follows_reads_the_files_again) {
    cr_assert(tls_keeper_reload(&above));
    cr_assert(follow(true));
    cr_assert(are_together());
}

Test(tls_keeper, one_that_could_not_read_keeps_to_itself_until_it_can) {
    cr_assert_not(follow(false));
    hide_certificate(true);
    cr_assert_not(follow(true));
    cr_assert_not(are_together());
    struct tls_tickets before = keys_of(&loop);
    tls_keeper_hour(&above);
    cr_assert_not(follow(false));
    cr_assert_not(are_together());
    struct tls_tickets after = keys_of(&loop);
    cr_assert_neq(memcmp(&before, &after, sizeof before), 0, "its own keys change, too");
    hide_certificate(false);
    cr_assert(follow(true));
    cr_assert(are_together());
}

Test(tls_keeper, without_certificates_there_is_nothing_to_keep) {
    struct tls_tickets keys = keys_of(&above);
    struct tls_keeper plain;
    tls_keeper_init(&plain, NULL);
    tls_keeper_hour(&plain);
    cr_assert(tls_keeper_reload(&plain));
    cr_assert(tls_keeper_follow(&plain, &keys, true));
    cr_assert_not(tls_keeper_follow(&plain, &keys, false));
}
