#include "server/rpc/guesses.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 5, FORGET_US = 1000 };

static struct guesses *guesses;

static void create(void) {
    guesses = guesses_create(MOST, FORGET_US);
    cr_assert_not_null(guesses);
}

static void destroy(void) {
    guesses_destroy(guesses);
}

TestSuite(guesses, .init = create, .fini = destroy);

static const uint8_t *token(int number) {
    static uint8_t hash[SHA256_SIZE];
    sha256_of(&number, sizeof number, hash);
    return hash;
}

static bool count(const char *origin, int number, const char *account, int64_t now_us) {
    return guesses_count(guesses, origin, token(number), account, now_us);
}

static int64_t wait(const char *origin, int number, int64_t now_us) {
    return guesses_wait(guesses, origin, token(number), now_us);
}

// The first MOST tokens, at the moment 0.
static void guess(const char *origin) {
    for (int i = 0; i < MOST; i++) {
        cr_assert_eq(wait(origin, i, 0), 0, "%d", i);
        cr_assert_eq(count(origin, i, NULL, 0), i == MOST - 1, "%d", i);
    }
}

Test(guesses, who_was_wrong_too_often_waits_until_one_is_forgotten) {
    guess("192.0.2.1");
    cr_assert_eq(wait("192.0.2.1", 100, 0), FORGET_US);
    cr_assert_eq(wait("192.0.2.1", 100, 400), FORGET_US - 400);
    cr_assert_eq(wait("192.0.2.1", 100, FORGET_US), 0);
    cr_assert(count("192.0.2.1", 100, NULL, FORGET_US));
    cr_assert_eq(wait("192.0.2.1", 101, FORGET_US), FORGET_US);
}

Test(guesses, in_time_all_is_forgotten) {
    guess("192.0.2.1");
    for (int i = 0; i < MOST; i++) {
        cr_assert_eq(wait("192.0.2.1", 100 + i, MOST * FORGET_US), 0);
        count("192.0.2.1", 100 + i, NULL, MOST * FORGET_US);
    }
    cr_assert_eq(wait("192.0.2.1", 200, MOST * FORGET_US), FORGET_US);
}

Test(guesses, other_addresses_do_not_wait) {
    guess("192.0.2.1");
    cr_assert_eq(wait("192.0.2.10", 100, 0), 0);
    cr_assert_eq(wait("2001:db8::/64", 100, 0), 0);
}

Test(guesses, one_old_token_again_and_again_keeps_nobody_else_out) {
    for (int i = 0; i < 100; i++)
        count("192.0.2.1", 1, NULL, i);
    cr_assert_gt(wait("192.0.2.1", 1, 100), 0);
    cr_assert_gt(wait("192.0.2.2", 1, 100), 0);
    cr_assert_eq(wait("192.0.2.1", 2, 100), 0);
}

Test(guesses, the_tokens_of_one_account_are_counted_together_wherever_they_come_from) {
    for (int i = 0; i < MOST; i++) {
        char origin[32];
        snprintf(origin, sizeof origin, "192.0.2.%d", i);
        cr_assert_eq(count(origin, i % 2, "12", 0), i == MOST - 1);
    }
    cr_assert_eq(wait("198.51.100.1", 0, 0), FORGET_US);
    cr_assert_eq(wait("198.51.100.1", 1, 0), FORGET_US);
    count("192.0.2.1", 2, "13", 0);
    cr_assert_eq(wait("198.51.100.1", 2, 0), 0);
}

Test(guesses, many_tokens_that_held_once_keep_nobody_else_out_of_their_address) {
    for (int i = 0; i < 100; i++) {
        char account[8];
        snprintf(account, sizeof account, "%d", i);
        count("192.0.2.1", i, account, 0);
    }
    cr_assert_eq(wait("192.0.2.1", 100, 0), 0);
}

Test(guesses, a_token_that_was_issued_meanwhile_is_no_guess_any_more) {
    for (int i = 0; i < MOST; i++)
        count("192.0.2.1", 1, NULL, 0);
    cr_assert_gt(wait("192.0.2.1", 1, 0), 0);
    guesses_forgive(guesses, token(2));
    cr_assert_gt(wait("192.0.2.1", 1, 0), 0);
    guesses_forgive(guesses, token(1));
    cr_assert_eq(wait("192.0.2.1", 1, 0), 0);
}

Test(guesses, the_longest_address_and_account_have_room) {
    char origin[GUESSES_ORIGIN_SIZE];
    char account[200];
    memset(origin, 'f', sizeof origin - 1);
    origin[sizeof origin - 1] = '\0';
    memset(account, '9', sizeof account - 1);
    account[sizeof account - 1] = '\0';
    for (int i = 0; i < MOST; i++) {
        count(origin, i, account, 0);
        count(origin, MOST + i, NULL, 0);
    }
    cr_assert_eq(wait(origin, 100, 0), FORGET_US);
    cr_assert_eq(wait("192.0.2.1", 0, 0), FORGET_US);
}

// Whoever has a hundred thousand addresses makes others be forgotten, but not those who are wrong
// oftener.
Test(guesses, a_flood_of_addresses_takes_no_more_room_and_spares_the_worst) {
    guess("192.0.2.1");
    for (int i = 0; i < 100000; i++) {
        char origin[32];
        snprintf(origin, sizeof origin, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        count(origin, 1000 + i, NULL, 1);
    }
    cr_assert_gt(wait("192.0.2.1", 100, 1), 0);
}
