// Days as people type them, turned into ISO 8601: "2010-12-31", "31 Dec 2010", "Friday 31st
// December 2010", "31/12/2010" (day first, as in Britain), "today", "yesterday", "last Friday",
// "end of Q3", "Q3 2010/11", "end of December" (see day_phrase.h). Nothing is guessed: a month, a
// day without a year, a year of two digits or a quarter of a calendar year is refused with what was
// understood.
#pragma once

#include <stdbool.h>

enum { DAY_SIZE = 11 }; // "2010-12-31" and NUL

// Writes the day in ISO form. today (ISO form) is what "today" means. False with err set to what is
// wrong with text; iso is then untouched.
struct error;
bool day_parse(const char *text, const char *today, char iso[DAY_SIZE], struct error *err)
    __attribute__((warn_unused_result));

// Whether a text is a day that would be another on another day: "yesterday", "end of Q3".
bool day_depends_on_today(const char *text);

// The day it is on this machine.
void day_today(char iso[DAY_SIZE]);
