#include "client/cli/help.h"

#include <stdio.h>
#include <string.h>
#include "client/cli/manual.h"
#include "client/cli/nouns.h"
#include "client/cli/output.h"
#include "client/cli/settings.h"
#include "client/cli/suggest.h"
#include "client/cli/usage.h"

static const char exit_codes[] =
    "What `shap` exits with:\n"
    "  0    done\n"
    "  1    failed: what was asked makes no sense to the server, or something broke\n"
    "  2    the command line or a setting is wrong\n"
    "  3    partly done: some rows of a file were refused, each is named; of report check:\n"
    "       something is misquoted\n"
    "  4    nobody is signed in, or the token is not valid (any more)\n"
    "  5    not permitted for your role\n"
    "  6    not found, or not yours to see\n"
    "  7    conflict: it is there already, or has changed meanwhile\n"
    "  8    the server cannot be reached, or has no database; a return waits in the outbox\n"
    "  9    no answer in time\n"
    "  10   a claim that was put to the test is false; the report is printed\n"
    "  130  interrupted (Ctrl-C)\n"
    "Any other code is a failure. By gRPC status: OK 0; UNAUTHENTICATED 4; PERMISSION_DENIED 5;\n"
    "NOT_FOUND 6; ALREADY_EXISTS, ABORTED and FAILED_PRECONDITION 7; UNAVAILABLE 8;\n"
    "DEADLINE_EXCEEDED 9; every other 1.\n";

static const char formats[] =
    "--format table     for people: aligned; wrapped only on a terminal (the default)\n"
    "--format csv       RFC 4180, headed by field names; cells are exactly what is on record, "
    "also\n"
    "                   where a spreadsheet would take one for a formula: import them as text\n"
    "--format json      every field of the contract (proto/shap/v1) under its name, null when it\n"
    "                   was not said; moments in RFC 3339, bytes in hexadecimal\n"
    "--format markdown  a table to paste\n"
    "--format html      reports only: one self-contained page that prints well\n"
    "Data goes to standard output, messages go to standard error.\n";

static const char names_and_days[] =
    "Names can be given short. What is not a whole name is the beginning that only one has; where\n"
    "several begin so, the command is refused and they are named.\n"
    "  milestone     SH4.3/2/1, sh4.3.2.1; SH4.3/2 or SH4.3 where it leaves one milestone\n"
    "  plan          copeland/2010-11, 2010-11, 2010/11, 2010\n"
    "  organisation  home-housing, \"Home Housing\", home\n"
    "  code of WHO   HSM, any spelling the register knows, HS\n"
    "  profile       copeland, cop (for --as; `shap login` makes new ones, and takes whole names)\n"
    "\n"
    "Days, on the command line and in files:\n"
    "  2010-12-31, 31 Dec 2010, Friday 31st December 2010, 31/12/2010 (the day comes first)\n"
    "  today, yesterday, last Friday (the latest before today)\n"
    "  end of Q3, start of Q3, end of December: the last one that is not in the future\n"
    "  Q3 2010/11, end of Q3 2010/11, end of December 2010, end of 2010/11\n"
    "  end of last month, end of last quarter, end of the month\n"
    "Today is the day it is at the council, by the server's clock, also where a day is left out;\n"
    "where no server answers, by this machine's. If the two differ, shap says so.\n"
    "Quarters are the financial year's: Q1 ends on 30 June, Q4 on 31 March. What could mean "
    "several\n"
    "days is refused, with what to write instead.\n";

static const char bulk[] =
    "Most acts can be done for many at once, from a CSV file: shap review accept --file FILE.csv\n"
    "Commands that can have --file in their help; `shap return submit --file` is the one of\n"
    "contributors. The heading names the command's operands and options, in any order, with '_' "
    "or\n"
    "'-' between words; \"reference\" names a milestone. What is typed beside --file holds for "
    "every\n"
    "row whose own cell is empty:\n"
    "  return,comment\n"
    "  301,\n"
    "  302,\"Thank you: which report?\"\n"
    "  shap review accept --file reviewed.csv --day 2010-12-20\n"
    "Days are written as on the command line; several values of one cell are separated by\n"
    "semicolons; a flag is yes or no. Rows are done one by one, in the order of the file. One "
    "that\n"
    "is refused is told with its line and the reason, and keeps no other from being done: exit "
    "code\n"
    "3, or 1 where all were refused. A file that is not CSV, or lacks a column, is refused before\n"
    "anything is done. Sent twice, no act is done twice: what can be said again changes nothing, "
    "and\n"
    "what cannot is refused as done already.\n"
    "The answers are printed in the usual formats: shap person import people.csv --format csv\n";

static const char settings_head[] =
    "Each setting is taken from the first place that has it: the command line, the environment, "
    "the\n"
    "profile's section of the configuration file, the lines above its sections.\n\n";

static const char settings_tail[] =
    "  --as PROFILE         SHAP_PROFILE          profile (above the sections)\n"
    "\n"
    "The file is ~/.config/shap/config (XDG_CONFIG_HOME counts; SHAP_CONFIG names another):\n"
    "  profile = copeland\n"
    "  [copeland]\n"
    "  server = shap.example.gov.uk\n"
    "  plan = copeland/2010-11\n"
    "  [home-housing]\n"
    "  server = shap.example.gov.uk\n"
    "Tokens are never in it: `shap login` keeps each in ~/.config/shap/tokens/PROFILE, readable "
    "by\n"
    "you alone. A server that is reached at several addresses is named with commas between them:\n"
    "they are tried in order; a call goes on to the next where one cannot be reached or cannot "
    "serve,\n"
    "if it only reads or is a return. Each certificate is checked for its own name.\n"
    "NO_COLOR turns colours off; https_proxy and no_proxy are honoured.\n";

static bool add_settings(struct buf *out) {
    if (!buf_append_text(out, settings_head))
        return false;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        char flag[32];
        const struct setting_info *info = &setting_table[i];
        snprintf(flag, sizeof flag, "--%s", info->key);
        if (!buf_format(out, "  %-20s %-21s %s%s%s%s\n", flag, info->environment, info->key,
                        info->fallback == NULL ? "" : " (",
                        info->fallback == NULL ? "" : info->fallback,
                        info->fallback == NULL ? "" : ")"))
            return false;
    }
    return buf_append_text(out, settings_tail);
}

static bool add_exit_codes(struct buf *out) {
    return buf_append_text(out, exit_codes);
}

static bool add_bulk(struct buf *out) {
    return buf_append_text(out, bulk);
}

static bool add_names(struct buf *out) {
    return buf_append_text(out, names_and_days);
}

static bool add_formats(struct buf *out) {
    return buf_append_text(out, formats);
}

const struct topic help_topics[] = {{"settings", add_settings},     {"formats", add_formats},
                                    {"names", add_names},           {"bulk", add_bulk},
                                    {"exit-codes", add_exit_codes}, {"man", manual_add}};
const size_t n_help_topics = sizeof help_topics / sizeof *help_topics;

enum { MOST_NAMES = 128 };

const struct topic *help_find_topic(const char *name) {
    for (size_t i = 0; i < n_help_topics; i++) {
        if (strcmp(help_topics[i].name, name) == 0)
            return &help_topics[i];
    }
    return NULL;
}

static int unknown_topic(struct invocation *invocation, const char *name) {
    const char *names[MOST_NAMES];
    size_t n = 0;
    for (size_t i = 0; i < n_nouns; i++)
        names[n++] = nouns[i]->name;
    for (size_t i = 0; i < n_help_topics; i++)
        names[n++] = help_topics[i].name;
    const char *near = suggest_nearest(name, names, n);
    return fail_usage(invocation, "there is no help on \"%s\"%s%s%s", name,
                      near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                      near == NULL ? "" : "\"?");
}

static int print(struct invocation *invocation, struct buf *text, bool is_made) {
    int code = EXIT_OK;
    if (!is_made)
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    else if (!output_bytes(invocation, text))
        code = EXIT_FAILED;
    buf_finish(text);
    return code;
}

static int run(struct invocation *invocation) {
    struct buf text = {0};
    const char *word = argument_at(invocation, "COMMAND", 0);
    const char *verb = argument_at(invocation, "COMMAND", 1);
    if (word == NULL)
        return print(invocation, &text, usage_add_overview(&text));
    const struct topic *topic = help_find_topic(word);
    if (topic != NULL)
        return print(invocation, &text, topic->add(&text));
    const struct noun *noun = noun_find(word);
    if (noun == NULL)
        return unknown_topic(invocation, word);
    const struct command *command = noun_find_command(noun, verb);
    if (command == NULL && verb != NULL)
        return fail_usage(invocation, "there is no command \"shap %s %s\"", word, verb);
    return print(invocation, &text,
                 command == NULL ? usage_add_noun(&text, noun)
                                 : usage_add_command(&text, noun, command));
}

static const struct operand operands[] = {{.name = "COMMAND",
                                           .help = "a command's words, or settings, formats, "
                                                   "names, bulk, exit-codes, man",
                                           .is_optional = true,
                                           .is_repeated = true},
                                          {0}};

static const struct command commands[] = {{.summary = "Help on a command or a topic",
                                           .example = "shap help org add\nshap help exit-codes\n"
                                                      "shap help man | man -l -",
                                           .operands = operands,
                                           .formats = 1u << FORMAT_TABLE,
                                           .is_local = true,
                                           .run = run},
                                          {0}};

const struct noun noun_help = {
    .name = "help", .summary = "Help on a command or a topic", .commands = commands};
