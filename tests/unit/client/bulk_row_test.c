#include "client/cli/bulk_row.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>
#include "client/cli/file.h"
#include "client/cli/parse.h"
#include "client/cli/request.h"
#include "shap/v1/directory.pb-c.h"
#include "shap/v1/register.pb-c.h"
#include "shap/v1/reviews.pb-c.h"
#include "tests/unit/client/place.h"

// A file, read for what was typed.
struct world {
    struct invocation typed;
    struct bulk_rows rows;
    struct error err;
    char said[4096]; // on stderr
    FILE *to;
};

static void make(void) {
    place_make();
}

TestSuite(bulk_row, .init = make, .fini = place_remove);

static const ProtobufCMessageDescriptor *input_of(const struct command *command) {
    return protobuf_c_service_descriptor_get_method_by_name(command->service, command->method)
        ->input;
}

// The words of a command, ended by NULL, and the file's text.
static bool read_file(struct world *world, const char *text, const char *const *words) {
    char *argv[16] = {(char *)(uintptr_t) "shap"};
    int argc = 1;
    const char *path = place_path("rows.csv");
    memset(world, 0, sizeof *world);
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    world->to = fmemopen(world->said, sizeof world->said - 1, "w");
    cr_assert(file_write(path, 0600, text, strlen(text), &world->err), "%s", world->err.message);
    invocation_init(&world->typed, world->to, world->to, NULL);
    cr_assert_eq(parse_arguments(&world->typed, argc, argv), EXIT_OK);
    bool is_read = bulk_rows_read(&world->rows, &world->typed, world->typed.command,
                                  input_of(world->typed.command), path, &world->err);
    fflush(world->to);
    return is_read;
}

static void end(struct world *world) {
    bulk_rows_finish(&world->rows);
    invocation_finish(&world->typed);
    fclose(world->to);
}

#define READ(world, text, ...) read_file(world, text, (const char *const[]){__VA_ARGS__, NULL})

static const char *value(const struct world *world, size_t i, const char *name) {
    cr_assert_lt(i, world->rows.n);
    struct invocation typed =
        bulk_row_typed(&world->rows.rows[i], &world->typed, world->typed.command);
    return argument_text(&typed, name);
}

Test(bulk_row, a_row_is_what_could_have_been_typed) {
    struct world world;
    Shap__V1__GrantDateRequest request = SHAP__V1__GRANT_DATE_REQUEST__INIT;
    cr_assert(READ(&world,
                   "reference,new-date,new_day,reason,day\r\n"
                   "SH2.7/8/1,\"Revised, March 2011\",31 March 2011,why,\r\n",
                   "grant", "add", "--file", "x"),
              "%s", world.err.message);
    cr_assert_eq(world.rows.n, 1);
    cr_assert_not(world.rows.rows[0].problem.is_set);
    struct invocation typed =
        bulk_row_typed(&world.rows.rows[0], &world.typed, world.typed.command);
    cr_assert(request_fill(&typed, &request.base));
    cr_assert_str_eq(request.reference, "SH2.7/8/1");
    cr_assert_str_eq(request.new_date, "Revised, March 2011");
    cr_assert_str_eq(request.new_day, "2011-03-31");
    cr_assert_str_eq(request.reason, "why");
    cr_assert_null(request.day, "an empty cell says nothing");
    request_clear(&request.base);
    end(&world);
}

Test(bulk_row, what_is_typed_holds_for_the_rows_that_say_nothing) {
    struct world world;
    cr_assert(READ(&world, "return,day\n301,\n302,2010-12-21\n", "review", "accept", "--file", "x",
                   "--day", "20 Dec 2010"),
              "%s", world.err.message);
    cr_assert_str_eq(value(&world, 0, "day"), "2010-12-20");
    cr_assert_str_eq(value(&world, 1, "day"), "2010-12-21");
    cr_assert_str_eq(value(&world, 1, "RETURN"), "302");
    cr_assert_null(value(&world, 0, "comment"));
    end(&world);
}

Test(bulk_row, a_column_is_called_like_the_word_or_like_the_field) {
    static const char *const headings[] = {"return", "RETURN", "return_record_id",
                                           "Return record id"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        struct world world;
        char text[100];
        snprintf(text, sizeof text, "%s\n301\n", headings[i]);
        cr_assert(READ(&world, text, "review", "accept", "--file", "x"), "%s", world.err.message);
        cr_assert_str_eq(value(&world, 0, "RETURN"), "301");
        end(&world);
    }
    struct world world;
    cr_assert(READ(&world, "milestone,reference\nA leaflet,SH1.1/1/1\n", "milestone", "share",
                   "--organisation", "home", "--file", "x"));
    cr_assert_str_eq(value(&world, 0, "MILESTONE"), "SH1.1/1/1", "the field's name goes first");
    end(&world);
}

Test(bulk_row, a_row_that_makes_no_sense_is_its_own_problem) {
    struct world world;
    static const char *const said[] = {
        NULL,
        "column day: \"31 Feb 2011\" is not a day: February 2011 has 28 days",
        "column return: \"three\" is not a whole number",
        "--comment TEXT is missing",
        "RETURN is missing",
    };
    cr_assert(READ(
        &world, "return,comment,day\n301,why?,\n302,why?,31 Feb 2011\nthree,why?,\n304,,\n,why?,\n",
        "review", "send-back", "--file", "x"));
    cr_assert_eq(world.rows.n, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct bulk_row *row = &world.rows.rows[i];
        cr_assert_eq(row->line, (int)i + 2);
        cr_assert_eq(row->problem.is_set, said[i] != NULL, "%zu: %s", i, row->problem.message);
        cr_assert(said[i] == NULL || strstr(row->problem.message, said[i]) != NULL, "%s",
                  row->problem.message);
    }
    end(&world);
}

Test(bulk_row, two_ways_to_say_one_thing_do_not_go_together) {
    struct world world;
    cr_assert(
        READ(&world, "doubt,code,owner\n1,HSM,\n2,HSM,HRM\n", "doubt", "settle", "--file", "x"));
    cr_assert_not(world.rows.rows[0].problem.is_set);
    cr_assert_not_null(strstr(world.rows.rows[1].problem.message, "do not go together"));
    end(&world);
}

Test(bulk_row, a_choice_is_checked_and_several_values_are_cut_at_semicolons) {
    struct world world;
    Shap__V1__AddRegisterEntryRequest request = SHAP__V1__ADD_REGISTER_ENTRY_REQUEST__INIT;
    cr_assert(
        READ(&world,
             "code,name,kind,aliases\nDC,Development Control,post,D.C.; DeeCee;\nLP,Panel,bdy,\n",
             "register", "add", "--file", "x"),
        "%s", world.err.message);
    struct invocation typed =
        bulk_row_typed(&world.rows.rows[0], &world.typed, world.typed.command);
    cr_assert(request_fill(&typed, &request.base));
    cr_assert_eq(request.n_aliases, 2);
    cr_assert_str_eq(request.aliases[0], "D.C.");
    cr_assert_str_eq(request.aliases[1], "DeeCee");
    cr_assert_eq(request.kind, SHAP__V1__REGISTER_KIND__REGISTER_KIND_POST);
    request_clear(&request.base);
    cr_assert_not_null(strstr(world.rows.rows[1].problem.message, "did you mean body?"), "%s",
                       world.rows.rows[1].problem.message);
    end(&world);
}

Test(bulk_row, a_file_that_lacks_what_is_needed_is_refused_before_anything_is_done) {
    struct world world;
    cr_assert_not(READ(&world, "comment\nwhy\n", "review", "accept", "--file", "x"));
    cr_assert_not_null(strstr(world.err.message, "line 1: missing from the heading: return"), "%s",
                       world.err.message);
    end(&world);
    cr_assert_not(READ(&world, "code,name\nX,Y\n", "register", "add", "--file", "x"));
    cr_assert_not_null(strstr(world.err.message, "missing from the heading: kind"));
    end(&world);
    cr_assert(READ(&world, "code,name\nX,Y\n", "register", "add", "--file", "x", "--kind", "post"));
    cr_assert_str_eq(value(&world, 0, "kind"), "post");
    end(&world);
    cr_assert_not(READ(&world, "return\n", "review", "accept", "--file", "x"));
    cr_assert_not_null(strstr(world.err.message, "no rows under it"));
    end(&world);
    cr_assert_not(READ(&world, "return\n\"301\n", "review", "accept", "--file", "x"));
    end(&world);
}

Test(bulk_row, an_unknown_column_is_named) {
    struct world world;
    cr_assert(READ(&world, "return,remark\n301,x\n", "review", "accept", "--file", "x"));
    cr_assert_not_null(strstr(world.said, "the column \"remark\" is not known"), "%s", world.said);
    end(&world);
}
