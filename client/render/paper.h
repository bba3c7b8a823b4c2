// Reports as data: a report whose message begins with a ReportHead and goes on in lists of rows is
// a struct paper, and needs no code to be rendered in every format.
//
//     static const struct document_column COLUMNS[] = {{"REFERENCE", 2, false}, {"WHEN", 3,
//     false}}; static const struct paper_cell CELLS[] = {{.field = "reference"},
//                                               {.field = "when", .under = "new_when",
//                                                .under_label = "New date"}};
//     static const struct paper_table TABLES[] = {{.field = "milestones", .caption = "Due soon",
//         .columns = COLUMNS, .cells = CELLS, .n_columns = 2, .none = "Nothing is due."}, {0}};
//     const struct paper paper_forward = {.kind = "forward look", .tables = TABLES, ...};
//
// Text, markdown and HTML have the heading, the facts, the tables in their order, and what it was
// made of. JSON is the message. CSV has a row for each row of the tables that are marked is_row,
// with every plain field of it, after the columns plan, as_at, known_at and, where several tables
// are marked, list (the name of the field the row stands in).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>
#include "client/render/document.h"
#include "server/base/buf.h"

// How a value reads. Days (fields named day, as_at, known_at, as_of, since, until, known_from,
// ..._day or
// ..._on) are written out, classes have their names, and of a yes-or-no in a cell the name is said
// where it is yes, nothing where it is no: "not yet due". Everything else is as field_text has it.

// What stands in a cell: a field of the row, perhaps with another one under it, as a new date under
// the old.
struct paper_cell {
    const char *field;
    const char *under;       // field; NULL: nothing
    const char *under_label; // said before it to those who do not see the layout
    const char *absent;      // said where field is absent or empty; NULL: nothing
};

struct paper_table {
    const char *field;   // the report's repeated field that holds the rows
    const char *caption; // NULL ends the list
    const struct document_column *columns;
    const struct paper_cell *cells; // one a column
    size_t n_columns;
    const char *none;   // said where there are no rows; NULL: the table is left out then
    const char *split;  // field: a table of its own, under a heading, for each run of rows in which
                        // it is the same; NULL: one table
    const char *total;  // a field of the report that holds one more message of the rows' type: the
                        // last row of several, for people only; NULL: none
    const char *filter; // one of the head's, "organisation": people are not shown the table where
                        // it is not set; NULL: always
    bool is_grouped;    // rows that follow each other with the same first cell share it
    bool is_row;        // its rows are CSV's; the rows of all tables marked are of one message type
};

// A plain field of the report itself, or in a message of it ("milestone.who"); an absent one is
// left out.
struct paper_fact {
    const char *label; // NULL ends the list
    const char *field;
};

// What a reader must not miss, where a yes-or-no of the report is yes.
struct paper_notice {
    const char *field; // NULL ends the list
    const char *text;
};

struct paper {
    const char *kind;                   // after the plan's name in the title: "forward look"
    const char *about;                  // a sentence or two: what is listed
    const struct paper_fact *facts;     // NULL: none
    const struct paper_notice *notices; // NULL: none
    const struct paper_table *tables;
};

// Composes a report into document, which is initialised and empty. The message has a field "head"
// and the fields that the paper names; anything else is a bug of ours.
void paper_compose(const struct paper *paper, const ProtobufCMessage *report,
                   struct document *document);

// Appended to out; false without memory. width: of the terminal, at least DOCUMENT_WIDTH_MIN.
bool paper_text(const struct paper *paper, const ProtobufCMessage *report, size_t width,
                struct buf *out) __attribute__((warn_unused_result));
bool paper_markdown(const struct paper *paper, const ProtobufCMessage *report, struct buf *out)
    __attribute__((warn_unused_result));
bool paper_html(const struct paper *paper, const ProtobufCMessage *report, struct buf *out)
    __attribute__((warn_unused_result));
bool paper_csv(const struct paper *paper, const ProtobufCMessage *report, struct buf *out)
    __attribute__((warn_unused_result));

// How many rows the tables marked is_row have.
size_t paper_n_rows(const struct paper *paper, const ProtobufCMessage *report);
