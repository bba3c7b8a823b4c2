#include "server/rpc/breakers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { NOW_US = 5000, MANY = 3000 };

static struct breakers *breakers;

static void create(void) {
    breakers = breakers_create();
    cr_assert_not_null(breakers);
}

static void destroy(void) {
    breakers_destroy(breakers);
}

TestSuite(breakers, .init = create, .fini = destroy);

static struct identity person(int number) {
    struct identity caller = {.has_token = true, .peer = "192.0.2.1"};
    sha256_of(&number, sizeof number, caller.token_hash);
    return caller;
}

static struct identity nobody_at(const char *peer) {
    struct identity caller = {0};
    snprintf(caller.peer, sizeof caller.peer, "%s", peer);
    return caller;
}

static bool count(struct identity caller, int64_t now_us) {
    return breakers_count(breakers, &caller, now_us);
}

static bool has(struct identity caller, int64_t now_us) {
    return breakers_has(breakers, &caller, now_us);
}

// As many as it takes to be alone.
static void break_as(struct identity caller, int64_t now_us) {
    for (int i = 0; i < BREAKS_MOST; i++)
        cr_assert_eq(count(caller, now_us), i == BREAKS_MOST - 1, "%d", i);
}

Test(breakers, who_broke_nothing_shares) {
    cr_assert_not(has(person(1), NOW_US));
    break_as(person(2), NOW_US);
    cr_assert_not(has(person(1), NOW_US));
}

Test(breakers, a_caller_is_alone_after_the_last_of_a_few_and_until_some_time_after_it) {
    for (int i = 0; i < BREAKS_MOST; i++) {
        cr_assert_not(has(person(1), NOW_US + i));
        (void)count(person(1), NOW_US + i);
    }
    cr_assert(has(person(1), NOW_US + BREAKS_MOST));
    cr_assert(has(person(1), NOW_US + BREAK_US - 1));
    cr_assert_not(has(person(1), NOW_US + BREAK_US));
}

Test(breakers, one_break_now_and_then_costs_nothing) {
    for (int64_t i = 0; i < 50; i++) {
        cr_assert_not(count(person(1), NOW_US + i * BREAK_US));
        cr_assert_not(has(person(1), NOW_US + i * BREAK_US));
    }
}

Test(breakers, a_break_while_alone_begins_the_time_anew_and_no_more) {
    break_as(person(1), NOW_US);
    for (int i = 1; i < 100; i++)
        cr_assert_not(count(person(1), NOW_US + i), "he is alone already");
    cr_assert(has(person(1), NOW_US + 99 + BREAK_US - 1));
    cr_assert_not(has(person(1), NOW_US + 99 + BREAK_US));
}

Test(breakers, who_goes_on_is_alone_again_at_once) {
    break_as(person(1), NOW_US);
    cr_assert(count(person(1), NOW_US + BREAK_US));
    cr_assert(has(person(1), NOW_US + 2 * (int64_t)BREAK_US - 1));
    cr_assert_not(has(person(1), NOW_US + 2 * (int64_t)BREAK_US));
}

Test(breakers, in_the_end_all_is_forgotten) {
    break_as(person(1), NOW_US);
    break_as(person(1), NOW_US + BREAKS_MOST * (int64_t)BREAK_US);
}

Test(breakers, without_a_token_the_place_is_the_caller) {
    break_as(nobody_at("192.0.2.1"), NOW_US);
    cr_assert(has(nobody_at("192.0.2.1"), NOW_US));
    cr_assert_not(has(nobody_at("192.0.2.2"), NOW_US));
    cr_assert_not(has(person(1), NOW_US), "a token is no place");
}

Test(breakers, one_who_just_broke_is_not_forgotten_for_the_sake_of_many_who_did_once) {
    break_as(person(0), NOW_US);
    for (int i = 1; i < MANY; i++)
        (void)count(person(i), NOW_US);
    cr_assert(has(person(0), NOW_US));
    int n_alone = 0;
    for (int i = 0; i < MANY; i++)
        n_alone += has(person(i), NOW_US);
    cr_assert_eq(n_alone, 1);
}

Test(breakers, of_more_than_there_is_room_for_the_latest_are_known) {
    for (int i = 0; i < MANY; i++)
        break_as(person(i), NOW_US + i);
    cr_assert(has(person(MANY - 1), NOW_US + MANY));
    int n_alone = 0;
    for (int i = 0; i < MANY; i++)
        n_alone += has(person(i), NOW_US + MANY);
    cr_assert_leq(n_alone, 256);
    cr_assert_geq(n_alone, 200);
}
