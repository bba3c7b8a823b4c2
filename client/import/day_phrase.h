// Days said by a phrase: "end of Q3", "Q3 2010/11", "end of December", "start of last quarter",
// "last Friday". Quarters and years are the financial year's, April to March. A period without a
// year is the last one whose day is not in the future. Used by day only.
#pragma once

#include "client/import/civil_day.h"

enum { DAY_WHY_SIZE = 160 };

enum day_phrase {
    DAY_PHRASE_NONE,    // no such phrase: it may be a day written otherwise
    DAY_PHRASE_DAY,     // *day is set
    DAY_PHRASE_REFUSED, // it could mean several days; why says which, and what to write
};

enum day_phrase day_phrase_read(const char *text, const struct civil_day *today,
                                struct civil_day *day, char why[DAY_WHY_SIZE]);
