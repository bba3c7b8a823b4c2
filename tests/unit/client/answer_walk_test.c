#include "client/cli/answer_walk.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { N = 3 };

// A walk through three milestones, the second sent back.
struct world {
    Shap__V1__OutstandingItem made[N];
    Shap__V1__OutstandingItem *items[N];
    struct answer_drafts drafts;
    struct answer_walk walk;
    enum answer_wants wants;
};

static char text[] = "copeland/2010-11";
static char *references[N] = {(char[]){"SH1.1/1/1"}, (char[]){"SH1.2/1/2"}, (char[]){"SH5.2/6/1"}};

static void begin(struct world *world) {
    struct answer_drafts drafts = world->drafts;
    memset(world, 0, sizeof *world);
    world->drafts = drafts;
    for (size_t i = 0; i < N; i++) {
        world->made[i] = (Shap__V1__OutstandingItem)SHAP__V1__OUTSTANDING_ITEM__INIT;
        world->made[i].kind = SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_RETURN;
        world->made[i].plan = text;
        world->made[i].reference = references[i];
        world->items[i] = &world->made[i];
    }
    world->walk = (struct answer_walk){
        .items = world->items, .n_items = N, .drafts = &world->drafts, .as_of = "2010-12-31"};
}

static void start(struct world *world) {
    begin(world);
    world->wants = answer_walk_start(&world->walk);
}

// Takes lines, ended by NULL; what was shown after the last one is left in out.
static void take(struct world *world, const char *const *lines) {
    for (; *lines != NULL; lines++) {
        words_clear(&world->walk.out);
        world->wants = answer_walk_take(&world->walk, *lines, strlen(*lines));
    }
}
#define TAKE(world, ...) take(world, (const char *const[]){__VA_ARGS__, NULL})

static bool shows(struct world *world, const char *what) {
    const char *shown = words_text(&world->walk.out);
    return shown != NULL && strstr(shown, what) != NULL;
}

static const Shap__V1__SubmitReturnRequest *said(const struct world *world, size_t i) {
    const struct answer_draft *draft = answer_drafts_find(&world->drafts, text, references[i]);
    return draft == NULL ? NULL : draft->said;
}

static void end(struct world *world) {
    answer_walk_finish(&world->walk);
    answer_drafts_finish(&world->drafts);
}

Test(answer_walk, a_milestone_is_shown_with_what_was_promised_and_said_last) {
    struct world world = {0};
    begin(&world);
    Shap__V1__OutstandingItem *item = &world.made[0];
    item->action = (char[]){"Build homes"};
    item->milestone = (char[]){"Ten homes"};
    item->who = (char[]){"HSM / KS"};
    item->when = (char[]){"Dec 2010"};
    item->new_when = (char[]){"Revised March 2011"};
    item->due_day = (char[]){"2011-03-31"};
    item->measure = (char[]){"Ten"};
    item->window = (char[]){"Q3"};
    item->due_on = (char[]){"2011-01-14"};
    item->late = 1;
    item->has_last_status = 1;
    item->last_status = SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS;
    item->last_note = (char[]){"Five are up."};
    item->last_day = (char[]){"2010-11-02"};
    item->last_by = (char[]){"home-housing"};
    world.wants = answer_walk_start(&world.walk);
    cr_assert_str_eq(
        words_text(&world.walk.out),
        "3 returns are owed. Your answers speak of 31 December 2010.\n"
        "At every question: skip, back, quit, or ? for help. Nothing is sent before you have seen "
        "it all.\n"
        "\n1 of 3: SH1.1/1/1, owed by 14 January 2011, late (Q3)\n"
        "Action: Build homes\nMilestone: Ten homes\nWho: HSM / KS\n"
        "When: Dec 2010; granted since: Revised March 2011, that is 31 March 2011\n"
        "Measure of success: Ten\n"
        "Last said on 2 November 2010 by home-housing: in progress. \"Five are up.\"\n"
        "1 not started, 2 in progress, 3 complete, 4 will not be delivered\n"
        "Status: ");
    cr_assert_eq(world.wants, ANSWER_WANTS_LINE);
    world.made[1].kind = SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SENT_BACK;
    world.made[1].comment = (char[]){"Which report?"};
    TAKE(&world, "skip");
    cr_assert(shows(&world, "2 of 3: SH1.2/1/2\nWhen: not said\nNothing has been said on it yet.\n"
                            "Your return was sent back: \"Which report?\"\n"),
              "%s", words_text(&world.walk.out));
    end(&world);
}

Test(answer_walk, nothing_is_sent_before_all_was_shown_and_confirmed) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "2", "Two of four.", "March 2011");
    cr_assert_eq(world.wants, ANSWER_WANTS_LINE);
    cr_assert_null(said(&world, 0), "an answer is kept with its last question");
    TAKE(&world, "The panel moved.");
    cr_assert_eq(world.wants, ANSWER_WANTS_KEPT);
    TAKE(&world, "complete", "", "the minutes");
    cr_assert_eq(world.wants, ANSWER_WANTS_KEPT);
    TAKE(&world, "4", "No bids.");
    cr_assert_eq(world.wants, ANSWER_WANTS_KEPT);
    cr_assert_str_eq(words_text(&world.walk.out),
                     "\nYour answers:\n"
                     "1. SH1.1/1/1: in progress, as of 31 December 2010. \"Two of four.\" Asks for "
                     "the new date March 2011, because: \"The panel moved.\"\n"
                     "2. SH1.2/1/2: complete, as of 31 December 2010. Proof: the minutes\n"
                     "3. SH5.2/6/1: will not be delivered, as of 31 December 2010. \"No bids.\"\n"
                     "Send these 3 returns? yes or no: ");
    TAKE(&world, "perhaps");
    cr_assert_eq(world.wants, ANSWER_WANTS_LINE);
    TAKE(&world, "YES");
    cr_assert_eq(world.wants, ANSWER_WANTS_SENT);
    cr_assert_str_eq(said(&world, 0)->new_date, "March 2011");
    cr_assert_str_eq(said(&world, 0)->reason, "The panel moved.");
    cr_assert_str_eq(said(&world, 0)->as_of, "2010-12-31");
    cr_assert_null(said(&world, 0)->evidence);
    cr_assert_str_eq(said(&world, 1)->evidence, "the minutes");
    cr_assert_null(said(&world, 1)->note);
    cr_assert_eq(said(&world, 2)->status,
                 SHAP__V1__RETURN_STATUS__RETURN_STATUS_WILL_NOT_BE_DELIVERED);
    end(&world);
}

Test(answer_walk, no_keeps_everything_and_sends_nothing) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "3", "", "", "skip", "skip");
    cr_assert(shows(&world, "Not answered: SH1.2/1/2 and SH5.2/6/1\n"), "%s",
              words_text(&world.walk.out));
    cr_assert(shows(&world, "Send this return? yes or no: "));
    TAKE(&world, "no");
    cr_assert_eq(world.wants, ANSWER_WANTS_END);
    cr_assert(
        shows(&world, "Nothing was sent. 1 of 3 is answered, and kept. To go on: shap answer"));
    cr_assert_not_null(said(&world, 0));
    end(&world);
}

Test(answer_walk, it_is_taken_up_where_it_was_left) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "1", "Not yet.", "", "quit");
    cr_assert_eq(world.wants, ANSWER_WANTS_END);
    answer_walk_finish(&world.walk);
    start(&world);
    cr_assert(shows(&world, "3 returns are owed. 1 is answered already, and kept."));
    cr_assert(shows(&world, "2 of 3: SH1.2/1/2"));
    TAKE(&world, "back");
    cr_assert(
        shows(&world, "Your answer so far: not started, as of 31 December 2010. \"Not yet.\""));
    cr_assert(shows(&world, "Status (Enter: as it was): "));
    TAKE(&world, "");
    cr_assert(shows(&world, "So far: \"Not yet.\". Enter keeps it, - empties it.\n"));
    TAKE(&world, "-", "");
    cr_assert_null(said(&world, 0)->note);
    answer_walk_finish(&world.walk);
    start(&world);
    TAKE(&world, "3", "", "", "3", "", "");
    answer_walk_finish(&world.walk);
    start(&world);
    cr_assert(shows(&world, "Send these 3 returns?"), "when all is answered it goes on at the end");
    TAKE(&world, "back");
    cr_assert(shows(&world, "3 of 3: SH5.2/6/1"));
    end(&world);
}

Test(answer_walk, leaving_in_the_middle_of_an_answer_keeps_only_whole_ones) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "2", "half a word");
    answer_walk_leave(&world.walk);
    cr_assert(shows(&world, "Nothing was answered, and nothing was sent. To go on: shap answer"));
    cr_assert_eq(answer_walk_answered(&world.walk), 0);
    end(&world);
}

Test(answer_walk, skipping_everything_ends_without_a_question) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "skip", "skip", "skip");
    cr_assert_eq(world.wants, ANSWER_WANTS_END);
    end(&world);
}

Test(answer_walk, back_goes_through_the_questions_that_apply) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "back");
    cr_assert(shows(&world, "This is the first one.\n"));
    TAKE(&world, "2", "note", "March 2011", "back");
    cr_assert(shows(&world, "So far: \"March 2011\""));
    TAKE(&world, "-");
    cr_assert(shows(&world, "2 of 3"), "without a new date no reason is asked for");
    cr_assert_null(said(&world, 0)->new_date);
    TAKE(&world, "back", "3", "back", "back");
    cr_assert(shows(&world, "Status"));
    TAKE(&world, "3", "", "");
    cr_assert_eq(said(&world, 0)->status, SHAP__V1__RETURN_STATUS__RETURN_STATUS_COMPLETE);
    end(&world);
}

Test(answer_walk, what_another_status_had_is_not_carried_along) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "2", "note", "March 2011", "why", "back", "3", "", "proof", "back");
    cr_assert_null(said(&world, 0)->new_date);
    cr_assert_null(said(&world, 0)->reason);
    cr_assert_str_eq(said(&world, 0)->note, "note");
    TAKE(&world, "2", "", "");
    cr_assert_null(said(&world, 0)->evidence);
    end(&world);
}

Test(answer_walk, none_is_none_where_it_is_offered_and_a_text_in_quotes) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "2", "no", "None");
    cr_assert(shows(&world, "2 of 3"));
    cr_assert_str_eq(said(&world, 0)->note, "no");
    cr_assert_null(said(&world, 0)->new_date);
    TAKE(&world, "complete", "", "none");
    cr_assert(shows(&world, "3 of 3"));
    cr_assert_null(said(&world, 1)->evidence);
    TAKE(&world, "2", "", "\"none\"", "As the panel wrote.");
    cr_assert_str_eq(said(&world, 2)->new_date, "none");
    end(&world);
}

Test(answer_walk, a_new_date_needs_a_reason) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "2", "", "March 2011", "");
    cr_assert(shows(&world, "A new date needs a reason."));
    cr_assert_eq(world.wants, ANSWER_WANTS_LINE);
    end(&world);
}

Test(answer_walk, a_status_is_a_number_a_word_or_its_beginning) {
    static const struct {
        const char *line;
        int status;
    } cases[] = {{"1", 1},         {"not started", 1}, {"n", 1},    {"In-Progress", 2},
                 {"i", 2},         {"complete", 3},    {"COMP", 3}, {"w", 4},
                 {" 4 ", 4},       {"5", 0},           {"", 0},     {"done", 0},
                 {"completed", 0}, {"12", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world = {0};
        start(&world);
        TAKE(&world, cases[i].line);
        cr_assert_eq(world.walk.entry->has_status ? (int)world.walk.entry->status : 0,
                     cases[i].status, "%s", cases[i].line);
        cr_assert_eq(shows(&world, "Type 1, 2, 3 or 4"), cases[i].status == 0, "%s", cases[i].line);
        end(&world);
    }
}

Test(answer_walk, a_text_may_have_several_lines_and_say_the_words_of_the_machine) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "4", "First line.\\", "quit\\", "  Third.");
    cr_assert_str_eq(said(&world, 0)->note, "First line.\nquit\n  Third.");
    TAKE(&world, "4", "\"back\"");
    cr_assert_str_eq(said(&world, 1)->note, "back");
    TAKE(&world, "4", "help");
    cr_assert_str_eq(said(&world, 2)->note, "help");
    end(&world);
}

Test(answer_walk, what_is_not_text_is_asked_for_again) {
    static const char *const lines[] = {"caf\xe9", "\xc3", "\xff\xfe"};
    struct world world = {0};
    start(&world);
    TAKE(&world, "2");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        TAKE(&world, lines[i]);
        cr_assert(
            shows(&world, "That line is not text (UTF-8). Type it again.\nIn your own words"));
    }
    words_clear(&world.walk.out);
    cr_assert_eq(answer_walk_take(&world.walk, "a\0b", 3), ANSWER_WANTS_LINE);
    cr_assert(shows(&world, "not text"));
    TAKE(&world, "caf\xc3\xa9", "", "back", "");
    cr_assert_str_eq(said(&world, 0)->note, "caf\xc3\xa9");
    end(&world);
}

Test(answer_walk, a_text_that_would_not_be_kept_is_not_taken) {
    static char line[20002 * 2 + 1];
    struct world world = {0};
    start(&world);
    TAKE(&world, "4");
    for (size_t i = 0; i < 20001; i++)
        memcpy(line + 2 * i, "\xc3\xa9", 2);
    TAKE(&world, line);
    cr_assert(shows(&world, "That has 20001 characters; at most 20000 are kept."), "%s",
              words_text(&world.walk.out));
    line[2 * 20000] = '\0';
    TAKE(&world, line);
    cr_assert_eq(strlen(said(&world, 0)->note), 40000);
    end(&world);
}

Test(answer_walk, help_explains_and_asks_again) {
    struct world world = {0};
    start(&world);
    TAKE(&world, "?");
    cr_assert(shows(&world, "skip  leaves this milestone for later"));
    cr_assert(shows(&world, "Status: "));
    end(&world);
}

// Whatever is typed, in whatever order: drafts are whole, and only yes sends.
Test(answer_walk, any_lines_keep_the_rules) {
    static const char *const lines[] = {"1", "2",    "3",  "4", "",         "-",  "skip", "back",
                                        "?", "text", "no", "x", "May 2011", "\\", "yes"};
    unsigned seed = 7;
    for (int round = 0; round < 500; round++) {
        struct world world = {0};
        start(&world);
        for (int i = 0; i < 60 && world.wants != ANSWER_WANTS_END; i++) {
            seed = seed * 1103515245 + 12345;
            bool was_at_end = world.walk.step == ANSWER_STEP_SEND;
            const char *line = lines[seed / 65536 % (sizeof lines / sizeof *lines)];
            TAKE(&world, line);
            if (world.wants == ANSWER_WANTS_SENT) {
                cr_assert(was_at_end && strcmp(line, "yes") == 0);
                break;
            }
            for (size_t at = 0; at < world.drafts.n; at++) {
                const Shap__V1__SubmitReturnRequest *kept = world.drafts.all[at].said;
                cr_assert(kept->has_status && kept->return_id != NULL && kept->as_of != NULL);
                cr_assert_eq(kept->new_date == NULL, kept->reason == NULL);
            }
        }
        end(&world);
    }
}

Test(answer_walk, the_plan_is_named_where_there_are_two) {
    struct world world = {0};
    begin(&world);
    world.made[1].plan = (char[]){"copeland/2011-12"};
    world.wants = answer_walk_start(&world.walk);
    cr_assert(shows(&world, "1 of 3: copeland/2010-11 SH1.1/1/1"));
    TAKE(&world, "skip");
    cr_assert(shows(&world, "2 of 3: copeland/2011-12 SH1.2/1/2"));
    TAKE(&world, "3", "", "");
    TAKE(&world, "skip");
    cr_assert(shows(&world, "1. copeland/2011-12 SH1.2/1/2: complete"));
    cr_assert(shows(&world, "Not answered: copeland/2010-11 SH1.1/1/1"));
    cr_assert(shows(&world, "copeland/2010-11 SH5.2/6/1"));
    end(&world);
}

Test(answer_walk, what_was_said_in_the_plan_before_is_said_to_be_of_it) {
    struct world world = {0};
    begin(&world);
    world.made[0].has_last_status = true;
    world.made[0].last_status = SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS;
    world.made[0].last_day = (char[]){"2010-09-30"};
    world.made[0].last_plan = (char[]){"copeland/2009-10"};
    world.wants = answer_walk_start(&world.walk);
    cr_assert(shows(&world, "Last said on 30 September 2010 in copeland/2009-10, which it was "
                            "carried over from: in progress."));
    end(&world);
}
