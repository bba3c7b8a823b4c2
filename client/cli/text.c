// `shap text`: personal text that somebody asks to have erased.
#include "client/cli/command.h"
#include "client/cli/erasure.h"
#include "shap/v1/erasures.pb-c.h"

static const struct column erasure_columns[] = {
    {"erasure_id", "Record", COLUMN_RIGHT},
    {"day", "Decided", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"reason", "Reason", COLUMN_WRAP},
    {"stood_in", "Stood in", COLUMN_TEXT},
    {"publications", "Published in", COLUMN_TEXT},
    {"text_id", "Text", COLUMN_TEXT},
};

static const struct operand record_operands[] = {
    {.name = "RECORD",
     .field = "record",
     .is_optional = true,
     .help = "in that record, by its number; see shap audit list"},
    {0}};

#define OPTION_COUNCIL_ENTRY                                                                       \
    { .name = "council", .value = "CODE", .help = "of which council (default: your own)" }
#define OPTIONS_WHICH_ENTRIES                                                                      \
    {.name = "person",                                                                             \
     .value = "MEMBERSHIP",                                                                        \
     .kind = OPTION_NUMBER,                                                                        \
     .field = "person_id",                                                                         \
     .help = "the name and address of whose membership that is"},                                  \
        {.name = "writer",                                                                         \
         .value = "MEMBERSHIP",                                                                    \
         .kind = OPTION_NUMBER,                                                                    \
         .field = "writer_id",                                                                     \
         .help = "in what was recorded by that membership"},                                       \
        {.name = "containing", .value = "WORDS", .help = "with these words; case does not count"}, \
        {.name = "kind", .value = "KIND", .help = "in records of that kind: return"},              \
        {.name = "field", .value = "FIELD", .help = "in that field of them: note"},                \
        OPTION_COUNCIL_ENTRY

static const struct option list_options[] = {OPTIONS_WHICH_ENTRIES, {0}};

static const struct option erase_options[] = {
    OPTIONS_WHICH_ENTRIES,
    {.name = "reason",
     .value = "TEXT",
     .help = "why: who asked, under which law; kept on record",
     .is_required = true},
    OPTION_DECIDED_ENTRY,
    {.name = "yes", .kind = OPTION_FLAG, .help = "erase it, without being asked"},
    {0}};

static const struct option erased_options[] = {
    OPTION_COUNCIL_ENTRY,
    {.name = "since", .value = "DAY", .kind = OPTION_DAY, .help = "decided on that day or later"},
    {0}};

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List where personal text stands, not what it says",
     .details = "Notes, reasons, comments, names and addresses: what may have to be erased. Say "
                "which: of a record, of a person, by a person, or with certain words. What the "
                "plan's document says, evidence and published reports are no personal text. "
                "Administrators only.",
     .example = "shap text list 301\n"
                "shap text list --person 12\n"
                "shap text list --containing \"Sam Jones\" --format csv",
     .operands = record_operands,
     .options = list_options,
     .service = &shap__v1__erasures__descriptor,
     .method = "ListPersonalText",
     .is_list = true,
     .columns = erasure_place_columns,
     .n_columns = 11,
     .next = "to erase it: shap text erase, with the same words and --reason TEXT",
     .empty = "No personal text is there. Records and their numbers: shap audit list"},
    {.verb = "erase",
     .summary = "Erase personal text for good, leaving a record of that",
     .details =
         "Shows where the texts stand, and asks; without a terminal it only shows, unless --yes "
         "is given. The records stay, and say that the text was erased, and on which day; the "
         "ledger holds. Nothing brings a text back. Published reports are frozen and keep it: they "
         "are listed. A name is erased only when the person's tokens have ended. Administrators "
         "only.",
     .example = "shap text erase 301 --reason \"Asked by the writer, UK GDPR art. 17\"\n"
                "shap text erase --person 12 --reason \"Asked by them on 3 May\" --yes",
     .operands = record_operands,
     .options = erase_options,
     .service = &shap__v1__erasures__descriptor,
     .method = "ErasePersonalText",
     .is_list = true,
     .columns = erasure_place_columns,
     .n_columns = 11,
     .next = "what was erased: shap text erased",
     .empty = "Nothing is to be erased. Where texts stand: shap text list",
     .run = erasure_run},
    {.verb = "erased",
     .summary = "List what was erased, when, why and by whom",
     .example = "shap text erased\n"
                "shap text erased --since 2011-01-01 --format csv",
     .options = erased_options,
     .service = &shap__v1__erasures__descriptor,
     .method = "ListErasures",
     .is_list = true,
     .columns = erasure_columns,
     .n_columns = sizeof erasure_columns / sizeof *erasure_columns,
     .next = "that the ledger holds without it: shap audit verify",
     .empty = "Nothing was erased. To erase: shap text erase RECORD --reason TEXT"},
    {0}};

const struct noun noun_text = {
    .name = "text", .summary = "Personal text, and its erasure", .commands = commands};
